"""Logs: the figures of each epoch in a file that other programs read."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from typing import TYPE_CHECKING

from ..callback import Callback

if TYPE_CHECKING:
    from ..fitting import Training


class Log(Callback):
    """Write a line for each epoch, at once, so that it can be followed; a file that is there is replaced.

    A training that goes on from a checkpoint first writes the epochs before, so that none is missing or there twice.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def on_train_begin(self, training: Training) -> None:
        """Begin the file."""
        with open(self.path, "w", encoding="utf-8", newline="") as file:
            file.write(self._head(training))
            file.writelines(self._line(epoch, figures) for epoch, figures in enumerate(training.history.epochs))

    def on_epoch_end(self, training: Training) -> None:
        """Add a line."""
        with open(self.path, "a", encoding="utf-8", newline="") as file:
            file.write(self._line(training.epoch, training.history.epochs[-1]))

    def _head(self, training: Training) -> str:
        return ""

    def _line(self, epoch: int, figures: dict[str, float]) -> str:
        raise NotImplementedError


class CSVLog(Log):
    """Write the figures of each epoch as comma-separated values, below a line with their names.

    Parameters
    ----------
    path : path
        The file, which is replaced.
    """

    def _head(self, training: Training) -> str:
        return _row(["epoch", *training.figure_names])

    def _line(self, epoch: int, figures: dict[str, float]) -> str:
        return _row([epoch + 1, *figures.values()])


class JSONLinesLog(Log):
    """Write the figures of each epoch as one JSON object a line; a figure that is not finite is null.

    Parameters
    ----------
    path : path
        The file, which is replaced.
    """

    def _line(self, epoch: int, figures: dict[str, float]) -> str:
        finite = {name: value if math.isfinite(value) else None for name, value in figures.items()}
        return json.dumps({"epoch": epoch + 1} | finite, allow_nan=False) + "\n"


def _row(values: list[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
