"""Checkpoints of a run, with one more on SIGTERM."""

from __future__ import annotations

import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..callbacks import Checkpoint
from ..errors import FormatError
from ..io.checkpoints import steps_of
from .folder import CHECKPOINTS, CONFIG

if TYPE_CHECKING:
    from ..training.training import Training


class RunCheckpoint(Checkpoint):
    """Save checkpoints of a run, see `Checkpoint`, and one more when the process receives SIGTERM.

    Those of epochs 1, 2, 4, 8, ... stay, so that `nnfs.explain` can show how the network changed.

    After SIGTERM the current step finishes, a checkpoint is saved, and SystemExit(143) is raised.

    Parameters
    ----------
    folder : Path
        The folder of the run. The checkpoints go into a folder inside it.
    is_validated : bool
        Whether the run evaluates validation data after each epoch.
    **arguments
        Passed on to `Checkpoint`.

    Raises
    ------
    FormatError
        If the folder of checkpoints is a symbolic link.
    """

    _handler_before: Any = None
    _has_sigterm = False

    def __init__(self, folder: Path, is_validated: bool, **arguments: Any) -> None:
        if (folder / CHECKPOINTS).is_symlink():
            text = "must be a folder, got a symbolic link, which may lead out of the run"
            raise FormatError(text).in_file(folder / CHECKPOINTS)
        super().__init__(folder / CHECKPOINTS, **arguments)
        self.run, self.is_validated = folder, is_validated

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
        """Create the folder of checkpoints and start to listen for SIGTERM."""
        super().on_train_begin(training)
        # Python lets only the main thread set handlers.
        if threading.current_thread() is threading.main_thread():
            self._handler_before = signal.signal(signal.SIGTERM, self._remember)

    def on_pause(self, training: Training) -> None:
        """Save a checkpoint if one is due; after SIGTERM, save one and raise SystemExit(143)."""
        if self._has_sigterm:
            self._save(training)
            raise SystemExit(128 + signal.SIGTERM)
        super().on_pause(training)

    def is_kept(self, path: str, training: Training) -> bool:
        """Return whether a checkpoint is one of those after 1, 2, 4, 8, ... epochs."""
        steps, each = steps_of(path), training.batches.steps
        epochs, rest = divmod(steps, each or steps + 1)
        return rest == 0 and epochs.bit_count() == 1

    def on_train_end(self, training: Training) -> None:
        """Put back the handler of SIGTERM that was there before the training."""
        if self._handler_before is not None:
            signal.signal(signal.SIGTERM, self._handler_before)
            self._handler_before = None

    def _remember(self, number: int, frame: Any) -> None:
        self._has_sigterm = True
