"""A learning rate that falls where training gets no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..hyperparameters import as_number
from .monitor import Monitor

if TYPE_CHECKING:
    from ..fitting import Training
    from ..optimizers import Optimizer


class ReduceOnPlateau(Monitor):
    """Cut the learning rate whenever a figure has not become better for some epochs.

    After k cuts, the rate of a step is factor**k times what the optimizer's schedule says, and not below
    ``minimum_rate``, unless the schedule itself is.

    Parameters
    ----------
    monitor : str
        The name of the figure: ``"val_loss"``, ``"loss"``, ``"val_accuracy"``, ...
    factor : float
        What each cut multiplies by, > 0 and < 1.
    patience : int
        How many epochs in a row may pass without a better figure, since the last cut.
    mode : "auto", "min" or "max"
        Whether less or more is better; "auto" is "max" for accuracies and scores of `nnfs.metrics`.
    minimum_change : float
        How much better it must be to count, >= 0.
    minimum_rate : float
        Where cutting ends.
    """

    cuts: int

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        factor: float = 0.1,
        patience: int = 5,
        mode: str = "auto",
        minimum_change: float = 0.0,
        minimum_rate: float = 0.0,
    ) -> None:
        self.factor = as_number(factor, "ReduceOnPlateau: factor", above=0, below=1)
        self.minimum_rate = as_number(minimum_rate, "ReduceOnPlateau: minimum_rate", minimum=0)
        self._optimizer: Optimizer | None = None
        super().__init__(monitor, patience, mode, minimum_change)

    def on_train_begin(self, training: Training) -> None:
        """Begin from the optimizer's own rate."""
        super().on_train_begin(training)
        self._optimizer = training.trainer.optimizer
        self._apply(training)

    def end_wait(self, training: Training) -> None:
        """Cut."""
        self.cuts, self.waited = self.cuts + 1, 0
        self._apply(training)

    def state(self) -> dict[str, Any]:
        """Return the best figure, how long ago it was, and the number of cuts."""
        return super().state() | {"cuts": self.cuts}

    def load_state(self, state: dict[str, Any]) -> None:
        """Remember them."""
        super().load_state(state)
        self.cuts = state["cuts"]

    def _apply(self, training: Training) -> None:
        assert self._optimizer is not None
        if self.cuts:
            training.trainer.optimizer = self._optimizer.scaled(self.factor**self.cuts, self.minimum_rate)

    def _reset(self) -> None:
        super()._reset()
        self.cuts = 0
