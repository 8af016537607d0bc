"""The results of many trainings, read back from the table in their folder."""

from __future__ import annotations

import csv
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import FormatError, naming
from ..io import strict_json
from ..system.files import open_regular
from .result import Result
from .run_sweep import SWEEP
from .table import TABLE

LARGEST = 2**26
ENDS = ("seconds", "stopped", "error", "run")
"""The last columns of a table, behind the figures."""


class Recorded(NamedTuple):
    """A table that was read: the results, the settings of each job, and the figure by which they are compared."""

    folder: str
    results: list[Result]
    settings: dict[int, dict[str, Any]]
    best: str


def is_recorded(folder: str | os.PathLike[str]) -> bool:
    """Return whether a folder holds the table of many trainings."""
    return os.path.isfile(os.path.join(folder, TABLE))


def read_recorded(folder: str | os.PathLike[str]) -> Recorded:
    """Read the table in a folder; raise FormatError for one that is damaged, and OSError for one that is missing."""
    path = Path(folder, TABLE)
    with naming(path):
        with open_regular(path) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise FormatError(f"got more than {LARGEST:,} bytes, wanted the table of a sweep")
        try:
            rows = list(csv.reader(data.decode().splitlines()))
        except (UnicodeDecodeError, csv.Error) as error:
            raise FormatError(f"is no table in UTF-8: {error}") from error
        heads = rows[0] if rows else []
        if heads[:1] != ["job"] or tuple(heads[-len(ENDS) :]) != ENDS or any(len(row) != len(heads) for row in rows):
            raise FormatError("is no table of a sweep, whose columns are job, settings, figures, and seconds to run")
        names, figures = _columns(heads)
        results, settings = [], {}
        for row in rows[1:]:
            cells = dict(zip(heads, map(_value, row), strict=True))
            if not isinstance(cells["job"], int):
                raise FormatError(f"job {cells['job']!r} is no number")
            settings[cells["job"]] = {name: cells[name] for name in names if cells[name] != ""}
            results.append(_result(cells, figures, os.fspath(folder)))
    return Recorded(os.fspath(folder), results, settings, _best(folder))


def _columns(heads: list[str]) -> tuple[list[str], list[str]]:
    """Return the columns of settings and those of figures, of which ``loss`` is the first."""
    middle = heads[1 : -len(ENDS)]
    cut = middle.index("loss") if "loss" in middle else len(middle)
    return middle[:cut], middle[cut:]


def _result(cells: dict[str, Any], figures: list[str], folder: str) -> Result:
    return Result(
        cells["job"],
        {name: cells[name] for name in figures if isinstance(cells[name], int | float)},
        cells["seconds"] if isinstance(cells["seconds"], int | float) else 0.0,
        error=str(cells["error"]) or None,
        stopped=str(cells["stopped"]) or None,
        run=os.path.join(folder, str(cells["run"])) if cells["run"] != "" else None,
    )


def _best(folder: str | os.PathLike[str]) -> str:
    with suppress(OSError, ValueError, LookupError, TypeError), open_regular(Path(folder, SWEEP)) as file:
        return str(strict_json.parse(file.read(LARGEST).decode())["best"])
    return "val_loss"


def _value(text: str) -> Any:
    """Return a cell as a finite number, or as the text that it is."""
    for kind in (int, float):
        with suppress(ValueError):
            value = kind(text)
            return value if math.isfinite(value) else text
    return text
