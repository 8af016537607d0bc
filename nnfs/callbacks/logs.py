"""Logs: the figures of each epoch in a file that other programs read."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING

from ..printable import csv_line
from ..system.files import open_own
from ..training.callback import Callback

if TYPE_CHECKING:
    from ..training.training import Training


class Log(Callback):
    """Write a line for each epoch, at once, so that it can be followed; the first one replaces a file that is there.

    What is no regular file, such as a symbolic link, is an OSError before the training.

    A training that goes on from a checkpoint first writes the epochs before, so that none is missing or there twice.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def on_train_begin(self, training: Training) -> None:
        """See that the file can be written, and write the epochs of a training that goes on."""
        # A new training replaces nothing yet: other callbacks may still refuse it.
        with open_own(self.path, "a"):
            pass
        self._is_begun = False
        if training.history.epochs:
            self._write(training)

    def on_epoch_end(self, training: Training) -> None:
        """Add a line."""
        self._write(training)

    def _write(self, training: Training) -> None:
        epochs = training.history.epochs
        with open_own(self.path, "a" if self._is_begun else "w") as file:
            if not self._is_begun:
                file.write(self._head(training))
            for epoch in range(len(epochs) - 1 if self._is_begun else 0, len(epochs)):
                file.write(self._line(epoch, epochs[epoch]))
        self._is_begun = True

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
        return csv_line(["epoch", *training.figure_names])

    def _line(self, epoch: int, figures: dict[str, float]) -> str:
        return csv_line([epoch + 1, *figures.values()])


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
