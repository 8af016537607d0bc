"""The files that a run writes into its folder before and after the training."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..callbacks import Statistics
from ..callbacks.early_stopping import kept_epoch
from ..system.machine import machine
from ..training.callback import Callback
from ..training.state_check import check_number
from .findings import add_findings
from .folder import CONFIG, HISTORY, WEIGHTS, write_json

if TYPE_CHECKING:
    from ..training.training import Training


class RunFiles(Callback):
    """Write ``config.json`` and ``environment.json`` before the first step, and ``history.json`` at the end.

    ``history.json`` is written also if an error or an interrupt ends the training. What is seen to go wrong is added to
    ``findings.json`` after each epoch, so that a run that is killed has it too.

    Parameters
    ----------
    folder : Path
        The folder of the run.
    settings : dict or None
        The content of ``config.json``; None to keep the two files that the folder has, for a run that is resumed.
    data : dict
        What tells the data of the run from others, see `nnfs.runs.same_data`; it is kept in checkpoints.

    Attributes
    ----------
    stopped : str or None
        Why the training ended before its last epoch; None if it did not, or has not ended.
    """

    writes = True

    def __init__(self, folder: Path, settings: dict[str, Any] | None, data: dict[str, Any] | None = None) -> None:
        self.folder, self.settings, self.data = folder, settings, data or {}
        self.stopped: str | None = None
        self._content: dict[str, Any] = {}
        self._kept = 0
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """The seconds that the run has taken so far, in all processes that trained it."""
        return time.perf_counter() - self._began

    def state(self) -> dict[str, Any]:
        """Return how long the run has taken so far, and what tells its data from others."""
        return {"seconds": self.seconds, "data": self.data}

    def load_state(self, state: dict[str, Any]) -> None:
        """Count the time that the run took before."""
        self._began -= check_number(state.get("seconds", 0.0), "seconds")  # an earlier nnfs did not count it

    def on_train_begin(self, training: Training) -> None:
        """Write ``config.json`` and ``environment.json`` if there are settings to write."""
        if self.settings is not None:
            write_json(self.folder / CONFIG, self.settings)
            processes = {"processes": training.ranks.size} if training.ranks.size > 1 else {}
            write_json(self.folder / "environment.json", machine() | processes)
            # A run that is trained longer has weights of fewer epochs than its new settings say.
            (self.folder / WEIGHTS).unlink(missing_ok=True)
        self._keep_findings(training)

    def on_epoch_end(self, training: Training) -> None:
        """Add to ``findings.json`` what was found since."""
        self._keep_findings(training)

    def on_train_end(self, training: Training) -> None:
        """Write ``history.json``: figures of all epochs, loss of all steps, and the rows of `Statistics`."""
        history, self.stopped = training.history, training.stopped
        epochs = [finite(figures) for figures in history.epochs]
        losses = [loss if math.isfinite(loss) else None for loss in history.step_losses]
        error = None if training.error is None else f"{type(training.error).__name__}: {training.error}"
        tables = [callback.rows for callback in training.callbacks if isinstance(callback, Statistics)]
        self._content = {
            "epochs": epochs,
            "best_epoch": kept_epoch(training.callbacks),
            "step_losses": losses,
            "statistics": [finite(row) for rows in tables for row in rows],
            "stopped": training.stopped,
            "error": error,
            "test": None,
        }
        write_json(self.folder / HISTORY, self._content)
        self._keep_findings(training)

    def add_test(self, figures: dict[str, Any]) -> None:
        """Write ``history.json`` again, with the figures of the test data, which are measured after the training."""
        write_json(self.folder / HISTORY, self._content | {"test": figures})

    def _keep_findings(self, training: Training) -> None:
        if len(training.findings) > self._kept:
            add_findings(self.folder, training.findings[self._kept :])
            self._kept = len(training.findings)


def finite(figures: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the figures, with None in place of infinities and NaN, which JSON cannot hold."""
    return {name: None if _is_not_finite(value) else value for name, value in figures.items()}


def _is_not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
