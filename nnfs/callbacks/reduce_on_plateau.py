"""A learning rate that falls where training gets no further."""

from __future__ import annotations

from typing import Any

from ..arguments.hyperparameters import as_number
from ..schedules import Scaled
from ..training.state_check import check_count
from ..training.training import Training
from .monitor import Monitor


class ReduceOnPlateau(Monitor):
    """Cut the learning rate whenever a figure has not become better for some epochs.

    After k cuts, the rate of a step is factor**k times what the optimizer's schedule says, and not below
    ``minimum_rate``, unless the schedule itself is. Several of them multiply: each cuts what the ones before it in the
    list of callbacks leave. A callback of your own that puts another schedule or optimizer into its place is an error.

    Parameters
    ----------
    monitor : str
        The name of the figure: ``"val_loss"``, ``"loss"``, ``"val_accuracy"``, ...
    factor : float
        What each cut multiplies by, > 0 and < 1.
    patience : int
        How many epochs in a row may pass without a better figure, since the last cut.
    mode : "auto", "min" or "max"
        Whether less or more is better; "auto" knows it of the loss and of `nnfs.metrics`, and of no other figure.
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
        self.factor, self.minimum_rate = factor, minimum_rate
        super().__init__(monitor, patience, mode, minimum_change)

    def on_train_begin(self, training: Training) -> None:
        """Give the trainer an optimizer whose rate is that of its schedule times what the cuts leave."""
        super().on_train_begin(training)
        self._before = training.trainer.optimizer
        self._optimizer = self._before.scaled(1.0, self.minimum_rate)
        assert isinstance(self._optimizer.schedule, Scaled)
        self._scaled = self._optimizer.schedule
        self._scaled.factor = self.factor**self.cuts
        training.trainer.optimizer = self._optimizer

    def on_epoch_end(self, training: Training) -> None:
        """Compare the figure with the best one; raise ValueError where another callback has replaced the schedule."""
        if not self._is_followed(training.trainer.optimizer.schedule):
            raise ValueError(
                "ReduceOnPlateau: another callback has replaced the optimizer or its schedule, so that cuts change "
                "nothing; let one of the two change the rate, or replace it by one that follows: "
                "training.trainer.optimizer = training.trainer.optimizer.scaled(0.5)"
            )
        super().on_epoch_end(training)

    def end_wait(self, training: Training) -> None:
        """Multiply the learning rate by ``factor`` once more, and begin to wait anew."""
        self.cuts, self.waited = self.cuts + 1, 0
        self._scaled.factor = self.factor**self.cuts

    def on_train_end(self, training: Training) -> None:
        """Give the trainer its own optimizer back, where there was no cut."""
        if not self.cuts and training.trainer.optimizer is self._optimizer:
            training.trainer.optimizer = self._before

    def state(self) -> dict[str, Any]:
        """Return the best figure, how many epochs ago it was, and the number of cuts."""
        return super().state() | {"cuts": self.cuts}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the best figure, how long ago it was, and the cuts from a state that `state` returned."""
        super().load_state(state)
        self.cuts = check_count(state["cuts"], "ReduceOnPlateau: cuts")

    def _check_settings(self) -> None:
        super()._check_settings()
        self.factor = as_number(self.factor, "ReduceOnPlateau: factor", above=0, below=1)
        self.minimum_rate = as_number(self.minimum_rate, "ReduceOnPlateau: minimum_rate", minimum=0)

    def _is_followed(self, schedule: Any) -> bool:
        """Return whether a schedule is the one that cuts change, or one that follows it."""
        while schedule is not None and schedule is not self._scaled:
            schedule = getattr(schedule, "then", None)
        return schedule is not None

    def _reset(self) -> None:
        super()._reset()
        self.cuts = 0
