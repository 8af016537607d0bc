"""Checkpoints of a run: as many as take little time, and one more when the process is told to end."""

from __future__ import annotations

import shlex
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..callbacks import Checkpoint
from ..errors import FormatError
from ..io.checkpoints import steps_of
from .folder import CHECKPOINTS, CONFIG

if TYPE_CHECKING:
    from ..training.training import Training

SHARE = 0.05
"""The most of the time that checkpoints take, where the user does not say after how many epochs they come."""


class RunCheckpoint(Checkpoint):
    """Save checkpoints of a run, see `Checkpoint`, and one more when Ctrl-C or SIGTERM ends it.

    Without ``every_epochs`` they come after each epoch, except where one would come so soon after the last that they
    would take more than a twentieth of the time. Those of epochs 1, 2, 4, 8, ... come in any case, and stay, so that
    `nnfs.explain` can show how the network changed.

    After Ctrl-C or SIGTERM the current step finishes, a checkpoint is saved, and KeyboardInterrupt or SystemExit(143)
    is raised. A second Ctrl-C raises KeyboardInterrupt at once.

    Parameters
    ----------
    folder : Path
        The folder of the run. The checkpoints go into a folder inside it.
    is_validated : bool
        Whether the run evaluates validation data after each epoch.
    every_epochs : int or None
        After how many epochs to save, 0 for never; None for all that take little time.
    **arguments
        Passed on to `Checkpoint`.

    Raises
    ------
    FormatError
        If the folder of checkpoints is a symbolic link.
    """

    _ending: int | None = None
    """The signal that ends the run."""
    _cost = 0.0
    """The seconds that the last checkpoint took."""

    def __init__(self, folder: Path, is_validated: bool, every_epochs: int | None = None, **arguments: Any) -> None:
        if (folder / CHECKPOINTS).is_symlink():
            text = "must be a folder, got a symbolic link, which may lead out of the run"
            raise FormatError(text).in_file(folder / CHECKPOINTS)
        super().__init__(folder / CHECKPOINTS, every_epochs=every_epochs or None, **arguments)
        self.run, self.is_validated, self.is_bounded = folder, is_validated, every_epochs is None
        self._handlers: dict[int, Any] = {}

    def earlier_state(self) -> dict[str, Any] | None:
        """Return the state in the newest undamaged checkpoint, or None if there is none.

        Raises ValueError if an earlier version of nnfs validated this run on its test data.
        """
        state = super().earlier_state()
        data = None if state is None else state.get("data")
        if not self.is_validated and isinstance(data, list) and data[1:] not in ([], [None]):
            raise ValueError(
                f"{self.run}: an earlier version of nnfs validated this run on its test data, so that it cannot be "
                f"resumed. Try: nnfs train --config {shlex.quote(str(self.run / CONFIG))} "
                "--validation-split 0.1 --name NAME"
            )
        return state

    def on_train_begin(self, training: Training) -> None:
        """Create the folder of checkpoints and start to listen for Ctrl-C and SIGTERM."""
        super().on_train_begin(training)
        # Python lets only the main thread set handlers; a process in the background of a shell ignores Ctrl-C.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._handlers[number] = signal.signal(number, self._remember)

    def on_pause(self, training: Training) -> None:
        """Save a checkpoint if one is due; after Ctrl-C or SIGTERM, save one and end the training."""
        if self._ending is not None:
            self._save(training)
            if self._ending == signal.SIGTERM:
                raise SystemExit(128 + signal.SIGTERM)
            self.on_train_end(training)
        super().on_pause(training)

    def is_due(self, training: Training) -> bool:
        """Return whether an epoch ends in a checkpoint: after 1, 2, 4, 8, ... epochs, and where its time has come."""
        if not self.is_bounded:
            return super().is_due(training)
        is_time = (time.monotonic() - self._saved_at) * SHARE >= self._cost
        return is_time or training.epoch.bit_count() == 1

    def is_kept(self, path: str, training: Training) -> bool:
        """Return whether a checkpoint is one of those after 1, 2, 4, 8, ... epochs."""
        steps, each = steps_of(path), training.batches.steps
        epochs, rest = divmod(steps, each or steps + 1)
        return rest == 0 and epochs.bit_count() == 1

    def on_train_end(self, training: Training) -> None:
        """Put back the handlers of signals that were there before the training; a Ctrl-C that waits is theirs."""
        while self._handlers:
            signal.signal(*self._handlers.popitem())
        if self._ending == signal.SIGINT and training.error is None:
            self._ending = None
            signal.raise_signal(signal.SIGINT)

    def _save(self, training: Training) -> None:
        began = time.monotonic()
        super()._save(training)
        self._cost = time.monotonic() - began

    def _remember(self, number: int, frame: Any) -> None:
        if number == self._ending == signal.SIGINT:
            raise KeyboardInterrupt
        self._ending = number
