"""Checkpoints of a run, one more of which is saved when the process is told to end."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from ..callbacks import Checkpoint

if TYPE_CHECKING:
    from ..fitting import Training


class RunCheckpoint(Checkpoint):
    """Save as `Checkpoint` does, and on SIGTERM: the step is ended, all is saved, and SystemExit(143) raised."""

    _before: Any = None
    _is_told = False

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
