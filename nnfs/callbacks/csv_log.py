"""A log of comma-separated values."""

from __future__ import annotations

from ..printable import csv_line
from ..training.training import Training
from .log import Log


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
