"""Checkpoints: a training that was broken off anywhere goes on from the last one, and ends with the same bits."""

from __future__ import annotations

import os
import time
import warnings
from contextlib import suppress
from typing import Any

from ..arguments.hyperparameters import as_count, as_flag, as_number
from ..io.checkpoints import NAME, list_checkpoints, newest_checkpoint, save_checkpoint
from ..system.files import make_folders
from ..training.callback import Callback
from ..training.training import Training


class Checkpoint(Callback):
    """Save all that a training needs to go on, every few epochs, steps or seconds.

    The same program, run again with ``resume=True`` after it was stopped in any way, goes on from the newest checkpoint
    and ends with the same weights, bit for bit, as if it had never been stopped: on the same machine and version
    of nnfs and NumPy, with the same data and settings. Each file is also a network: ``nnfs.load(path)``.

    Parameters
    ----------
    folder : path
        Where ``checkpoint-000000001200.safetensors``, after 1200 steps, goes; made if it does not exist.
    every_epochs, every_steps : int or None
        After how many epochs or steps to save. Without these and ``seconds``, it is after every epoch.
    seconds : float or None
        How long after the last checkpoint to save, at the end of a step.
    keep : int
        How many of the newest checkpoints stay. One may be damaged, so 2 are wise.
    resume : bool
        Whether to go on from the newest checkpoint of the folder; where there is none, training begins. Without it,
        a folder that has checkpoints already is an error.
    on_save_error : "raise" or "warn"
        Whether an error in writing, such as of a full disk, ends the training or is a warning.

    Notes
    -----
    Data, also those of a `nnfs.data.Loader`, are compared by their shapes, their types and a digest of all numbers; of
    an array of more than 256 MiB the digest is of 1 MiB of rows at even distances. Another iterable must give the same
    batches again, or have ``state`` and ``load_state``, and perhaps ``digest``, as that loader has.
    """

    writes = True

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        every_epochs: int | None = None,
        every_steps: int | None = None,
        seconds: float | None = None,
        keep: int = 2,
        resume: bool = False,
        on_save_error: str = "raise",
    ) -> None:
        self.folder = os.fspath(folder)
        if every_epochs is every_steps is seconds is None:
            every_epochs = 1
        self.every_epochs = None if every_epochs is None else as_count(every_epochs, "Checkpoint: every_epochs")
        self.every_steps = None if every_steps is None else as_count(every_steps, "Checkpoint: every_steps")
        self.seconds = None if seconds is None else as_number(seconds, "Checkpoint: seconds", minimum=0)
        self.keep = as_count(keep, "Checkpoint: keep")
        self.resume = as_flag(resume, "Checkpoint: resume")
        if on_save_error not in ("raise", "warn"):
            raise ValueError(f'Checkpoint: on_save_error must be "raise" or "warn", got {on_save_error!r}')
        self.on_save_error = on_save_error
        self._saved_at = 0.0

    def earlier_state(self) -> dict[str, Any] | None:
        """Return the state in the newest good file of the folder, or None."""
        if self.resume:
            return newest_checkpoint(self.folder)
        if found := list_checkpoints(self.folder):
            raise ValueError(
                f"Checkpoint: {self.folder} holds {len(found)} checkpoint(s) of another training; to go on with it: "
                f"Checkpoint({self.folder!r}, resume=True), else give another folder"
            )
        return None

    def on_train_begin(self, training: Training) -> None:
        """Make the folder for the checkpoints."""
        make_folders(self.folder)
        self._saved_at = time.monotonic()

    def on_pause(self, training: Training) -> None:
        """Save the training where the steps, epochs or seconds since the last checkpoint are over."""
        is_last = training.epoch == training.epochs or training.stopped is not None
        if (training.batch == 0 and (is_last or self.is_due(training))) or (
            (self.every_steps is not None and training.trainer.steps % self.every_steps == 0)
            or (self.seconds is not None and time.monotonic() - self._saved_at >= self.seconds)
        ):
            self._save(training)

    def pauses_each_step(self) -> bool:
        """Return whether a checkpoint is due after single steps; else ``on_pause`` may come after several."""
        return self.every_steps is not None or self.seconds == 0

    def pauses_each_epoch(self) -> bool:
        """Return whether a checkpoint is due after single epochs; else ``on_pause`` may come after several."""
        return self.every_epochs is not None

    def is_due(self, training: Training) -> bool:
        """Return whether to save the training at the end of an epoch that is not the last one."""
        return self.every_epochs is not None and training.epoch % self.every_epochs == 0

    def _save(self, training: Training) -> None:
        path = os.path.join(self.folder, NAME.format(training.trainer.steps))
        try:
            save_checkpoint(path, training.network, training.state())
        except OSError as error:
            if self.on_save_error == "raise":
                raise
            warnings.warn(f"no checkpoint was saved, training goes on: {error}", UserWarning, stacklevel=2)
            return
        self._saved_at = time.monotonic()
        # Later ones are damaged, or this training would not have begun before them.
        not_later = [other for other in list_checkpoints(self.folder) if other <= path]
        for old in not_later[: -self.keep]:
            if not self.is_kept(old, training):
                with suppress(OSError):
                    os.remove(old)

    def is_kept(self, path: str, training: Training) -> bool:
        """Return whether a checkpoint stays that is not one of the newest: none here, a subclass may keep some."""
        return False
