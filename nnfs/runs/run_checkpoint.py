"""Checkpoints of a run, one more of which is saved when the process is told to end."""

from __future__ import annotations

import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..callbacks import Checkpoint
from ..errors import FormatError
from .folder import CHECKPOINTS, CONFIG

if TYPE_CHECKING:
    from ..training.training import Training


class RunCheckpoint(Checkpoint):
    """Save as `Checkpoint` does, and on SIGTERM: the step is ended, all is saved, and SystemExit(143) raised.

    Parameters
    ----------
    folder : Path
        That of the run.
    is_validated : bool
        Whether the run validates on anything.
    arguments
        Those of `Checkpoint`.
    """

    _before: Any = None
    _is_told = False

    def __init__(self, folder: Path, is_validated: bool, **arguments: Any) -> None:
        if (folder / CHECKPOINTS).is_symlink():
            text = "is a symbolic link, which may lead out of the run; put a folder there"
            raise FormatError(text).in_file(folder / CHECKPOINTS)
        super().__init__(folder / CHECKPOINTS, **arguments)
        self.run, self.is_validated = folder, is_validated

    def earlier_state(self) -> dict[str, Any] | None:
        """Return the state in the newest good file of the folder, or None; refuse a run that used its test part."""
        state = super().earlier_state()
        data = None if state is None else state.get("data")
        if not self.is_validated and isinstance(data, list) and data[1:] not in ([], [None]):
            raise ValueError(
                f"{self.run}: an earlier nnfs validated this run on the test part of its data, and it cannot go on in "
                f"that way; train anew: nnfs train --config {shlex.quote(str(self.run / CONFIG))} "
                "--validation-split 0.1 --name NAME"
            )
        return state

    def on_train_begin(self, training: Training) -> None:
        """Make the folder, and listen."""
        super().on_train_begin(training)
        # Python lets only the main thread set handlers.
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._remember)

    def on_pause(self, training: Training) -> None:
        """Save, if it is time, or if told to end."""
        if self._is_told:
            self._save(training)
            raise SystemExit(128 + signal.SIGTERM)
        super().on_pause(training)

    def on_train_end(self, training: Training) -> None:
        """Listen no more."""
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
            self._before = None

    def _remember(self, number: int, frame: Any) -> None:
        self._is_told = True
