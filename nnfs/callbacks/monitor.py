"""What callbacks that wait for a figure to get better have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..callback import Callback
from ..hyperparameters import as_count, as_number
from ..metrics import METRICS

if TYPE_CHECKING:
    from ..fitting import Training

# Of all other figures less is better: losses, errors.
MORE_IS_BETTER = set(METRICS) - {"mean_absolute_error", "root_mean_squared_error"}


class Monitor(Callback):
    """Follow one figure of each epoch, and call `end_wait` when it has not become better for ``patience`` epochs.

    Parameters
    ----------
    monitor : str
        The name of the figure: ``"val_loss"``, ``"loss"``, ``"val_accuracy"``, ...
    patience : int
        How many epochs in a row may pass without a better figure.
    mode : "auto", "min" or "max"
        Whether less or more is better; "auto" is "max" for accuracies and scores of `nnfs.metrics`.
    minimum_change : float
        How much better it must be to count, >= 0.
    """

    best: float
    waited: int

    def __init__(self, monitor: str, patience: int, mode: str, minimum_change: float) -> None:
        owner = type(self).__name__
        if not isinstance(monitor, str):
            raise TypeError(f"{owner}: monitor must be the name of a figure, got {monitor!r}")
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'{owner}: mode must be "auto", "min" or "max", got {mode!r}')
        self.monitor, self.mode = monitor, mode
        self.patience = as_count(patience, f"{owner}: patience")
        self.minimum_change = as_number(minimum_change, f"{owner}: minimum_change", minimum=0)
        self._reset()

    def on_train_begin(self, training: Training) -> None:
        """Refuse a figure that there will not be; forget an earlier training, unless this is it."""
        if self.monitor not in training.figure_names:
            hint = "; give validation_data" if self.monitor.startswith("val_") else ""
            raise ValueError(
                f"{type(self).__name__}: there is no figure {self.monitor!r}; this training has "
                f"{', '.join(training.figure_names)}{hint}"
            )
        if not training.history.epochs:
            self._reset()

    def on_epoch_end(self, training: Training) -> None:
        """Compare the epoch's figure with the best one."""
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
        """Return the best figure and how long ago it was."""
        return {"best": self.best, "waited": self.waited}

    def load_state(self, state: dict[str, Any]) -> None:
        """Remember both."""
        self.best, self.waited = state["best"], state["waited"]

    @property
    def _is_max(self) -> bool:
        return self.mode == "max" or (self.mode == "auto" and self.monitor.removeprefix("val_") in MORE_IS_BETTER)

    def _reset(self) -> None:
        self.best, self.waited = -math.inf if self._is_max else math.inf, 0
