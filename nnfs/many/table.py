"""The table of many trainings: a CSV file with a row for each job, kept up to date while results come."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

from ..printable import csv_line, cut, four_digits, printable
from ..system.atomic import write_file
from ..system.files import make_folders
from .result import Result

TABLE = "results.csv"
LONGEST = 100
"""How many characters of a job's settings a line of progress has."""
SECONDS = 1.0
"""How long a result may be missing in the file: the whole of it is written each time."""


class Table:
    """Collect results within a ``with`` block, and write them to a file where there is a folder for it.

    Parameters
    ----------
    folder : str or None
        Where ``results.csv`` goes; it is made if it does not exist.
    settings : dict
        What tells each job from others, by the number of the job.
    figure : str
        The figure that lines of progress tell.
    """

    def __init__(self, folder: str | None, settings: Mapping[int, Mapping[str, Any]], figure: str = "val_loss") -> None:
        self.folder, self.settings, self.figure = folder, settings, figure
        self.results: dict[int, Result] = {}
        self._written = 0.0

    def __enter__(self) -> Self:
        if self.folder is not None:
            make_folders(self.folder)
        return self

    def __exit__(self, *error: object) -> None:
        self.write()

    def add(self, result: Result, *, verbose: bool) -> None:
        """Add a result, tell it on stderr, and write the file unless that was done within the last second."""
        self.results[result.job] = result
        if verbose:
            print(line_of(result, self.settings[result.job], self.figure), file=sys.stderr, flush=True)
        if time.monotonic() - self._written > SECONDS:
            self.write()

    def write(self) -> None:
        """Write the file: rows in the order of the jobs, in whatever order they ended."""
        if self.folder is not None and self.results:
            lines = map(csv_line, rows_of(self.in_order(), self.settings))
            write_file(os.path.join(self.folder, TABLE), "".join(lines).encode())
            self._written = time.monotonic()

    def in_order(self) -> list[Result]:
        """Return the results in the order of their jobs."""
        return [self.results[job] for job in sorted(self.results)]


def rows_of(results: Sequence[Result], settings: Mapping[int, Mapping[str, Any]]) -> list[list[Any]]:
    """Return the names of the columns, and a row for each result."""
    names = list(dict.fromkeys(name for result in results for name in settings[result.job]))
    figures = list(dict.fromkeys(name for result in results for name in result.figures))
    rows: list[list[Any]] = [["job", *names, *figures, "seconds", "stopped", "error", "run"]]
    for result in results:
        own = settings[result.job]
        rows.append(
            [
                result.job,
                *(own.get(name, "") for name in names),
                *(result.figures.get(name, "") for name in figures),
                round(result.seconds, 4),
                result.stopped or "",
                result.error or "",
                "" if result.run is None else os.path.basename(result.run),
            ]
        )
    return rows


def line_of(result: Result, settings: Mapping[str, Any], figure: str = "val_loss") -> str:
    """Return the line of progress that tells a result: its settings, and a figure, or ``loss`` without it, or an error.

    The ``figure`` is one of `Result.figures`.
    """
    about = cut(" ".join(f"{name}={value}" for name, value in settings.items()), LONGEST)
    if result.error is not None:
        told = result.error
    else:
        name = figure if figure in result.figures else "loss"
        told = f"{name} {four_digits(result.figures[name])}, {four_digits(result.seconds)} s"
        told += f" ({result.stopped})" if result.stopped else ""
    return printable(f"job {result.job}{' ' * bool(about)}{about}: {told}")


def texts_of(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return what tells a job from others: numbers, texts, and parts with a dot, as ``optimizer.learning_rate``."""
    texts: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            texts |= texts_of(value, f"{before}{name}.")
        elif isinstance(value, str | int | float):
            texts[before + name] = value
        elif not hasattr(value, "shape"):  # an array would be too long
            texts[before + name] = cut(" ".join(str(value).split()), LONGEST)
    return texts
