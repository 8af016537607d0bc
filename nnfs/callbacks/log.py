"""What logs have in common: the figures of each epoch, in a file that other programs read."""

from __future__ import annotations

import os

from ..system.files import open_own
from ..training.callback import Callback
from ..training.training import Training


class Log(Callback):
    """Write a line into a file at the end of each epoch, so that the file can be followed while the training runs.

    The first line replaces a file that is there. A path that leads to no regular file, such as a symbolic link, is an
    OSError before the training. A training that goes on from a checkpoint first writes the lines of the epochs before
    it, so that no epoch is missing or stands there twice.

    Parameters
    ----------
    path : path
        The file to write.
    """

    writes = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def on_train_begin(self, training: Training) -> None:
        """Check that the file can be written; where a training goes on, write the epochs before it."""
        # A new training replaces nothing yet: other callbacks may still refuse it.
        with open_own(self.path, "a"):
            pass
        self._is_begun = False
        if training.history.epochs:
            self._write(training)

    def on_epoch_end(self, training: Training) -> None:
        """Write the line of the epoch that has ended."""
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
        """Return what stands before the first epoch."""
        return ""

    def _line(self, epoch: int, figures: dict[str, float]) -> str:
        """Return the line of an epoch, counted from 0."""
        raise NotImplementedError
