"""What callbacks have in common that wait for a figure of each epoch to get better."""

from __future__ import annotations

import math
from typing import Any

from ..arguments.hyperparameters import as_count, as_number
from ..metrics import METRICS
from ..training.callback import Callback
from ..training.state_check import check_count, check_names, check_number
from ..training.training import Training

LESS_IS_BETTER = {"loss", "mean_absolute_error", "root_mean_squared_error"}
MORE_IS_BETTER = METRICS.keys() - LESS_IS_BETTER


class Monitor(Callback):
    """Follow one figure of each epoch, and call `end_wait` when it has not become better for ``patience`` epochs.

    Parameters
    ----------
    monitor : str
        The name of the figure: ``"val_loss"``, ``"loss"``, ``"val_accuracy"``, ...
    patience : int
        How many epochs in a row may pass without a better figure.
    mode : "auto", "min" or "max"
        Whether less or more is better; "auto" knows it of the loss and of `nnfs.metrics`.
    minimum_change : float
        How much better it must be to count, >= 0.
    """

    best: float
    waited: int

    def __init__(self, monitor: str, patience: int, mode: str, minimum_change: float) -> None:
        self.monitor, self.patience, self.mode, self.minimum_change = monitor, patience, mode, minimum_change
        self._check_settings()
        self._reset()

    def on_train_begin(self, training: Training) -> None:
        """Raise ValueError for a figure that no epoch will have, or of which it is not known whether less is better.

        What is remembered of an earlier training is forgotten, unless this one goes on with it.
        """
        self._check_settings()  # which may have been set since
        if self.monitor not in training.figure_names:
            raise ValueError(f"{type(self).__name__}: {_no_figure(self.monitor, training.figure_names)}")
        if self.mode == "auto" and self._name not in LESS_IS_BETTER | MORE_IS_BETTER:
            raise ValueError(
                f"{type(self).__name__}: whether less or more of {self.monitor!r} is better is not known; write "
                f'{type(self).__name__}({self.monitor!r}, mode="min") or mode="max"'
            )
        if not training.history.epochs:
            self._reset()

    def on_epoch_end(self, training: Training) -> None:
        """Compare the figure of the epoch with the best one, and call `keep_best`, or `end_wait` where it is time."""
        value = training.history.epochs[-1][self.monitor]
        sign = -1 if self._is_max else 1
        # False for NaN, which is never better; the first number is better than none.
        if sign * value < sign * self.best - self.minimum_change or (math.isinf(self.best) and math.isfinite(value)):
            self.best, self.waited = value, 0
            self.keep_best(training)
            return
        self.waited += 1
        if self.waited >= self.patience:
            self.end_wait(training)

    def keep_best(self, training: Training) -> None:
        """Act on a figure that is the best so far."""

    def end_wait(self, training: Training) -> None:
        """Act on ``patience`` epochs without a better figure."""

    def state(self) -> dict[str, Any]:
        """Return the best figure, and how many epochs ago it was."""
        return {"best": self.best, "waited": self.waited}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the best figure, and how long ago it was, from a state that `state` returned."""
        check_names(state, self.state(), type(self).__name__)
        self.best = check_number(state["best"], f"{type(self).__name__}: best")
        self.waited = check_count(state["waited"], f"{type(self).__name__}: waited")

    def _check_settings(self) -> None:
        owner = type(self).__name__
        if not isinstance(self.monitor, str):
            raise TypeError(f"{owner}: monitor must be the name of a figure, got {self.monitor!r}")
        if self.mode not in ("auto", "min", "max"):
            raise ValueError(f'{owner}: mode must be "auto", "min" or "max", got {self.mode!r}')
        self.patience = as_count(self.patience, f"{owner}: patience")
        self.minimum_change = as_number(self.minimum_change, f"{owner}: minimum_change", minimum=0)

    @property
    def _is_max(self) -> bool:
        return self.mode == "max" or (self.mode == "auto" and self._name in MORE_IS_BETTER)

    @property
    def _name(self) -> str:
        return self.monitor.removeprefix("val_")

    def _reset(self) -> None:
        self.best, self.waited = -math.inf if self._is_max else math.inf, 0


def _no_figure(monitor: str, names: list[str]) -> str:
    """Return in words that there is no such figure, and which one may be meant."""
    import difflib  # here, since most programs are right

    near = [name for name in names if name.startswith(monitor)] or difflib.get_close_matches(monitor, names, 1)
    hint = ""
    if near and near[0].startswith("val_") == monitor.startswith("val_"):
        hint = f"; write monitor={near[0]!r}"
    elif monitor.startswith("val_") and "val_loss" not in names:
        hint = "; give validation_data or validation_split"
    return f"there is no figure {monitor!r}; this training has {', '.join(names)}{hint}"
