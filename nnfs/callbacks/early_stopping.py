"""Early stopping: end before the network learns its samples by heart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_flag
from ..training.callback import Callback
from ..training.state_check import check, check_array, check_count, check_names
from ..training.training import Training
from .monitor import Monitor


class EarlyStopping(Monitor):
    """Stop when a figure has not become better for some epochs, and go back to the best weights.

    The best weights are restored on every way out of `fit`: after the last epoch, an early stop, an error, Ctrl-C. The
    history then still ends with the last epoch; ``history.best_epoch`` is the one whose weights the network has.

    Parameters
    ----------
    monitor : str
        The name of the figure: ``"val_loss"``, ``"loss"``, ``"val_accuracy"``, ...
    patience : int
        How many epochs in a row may pass without a better figure.
    mode : "auto", "min" or "max"
        Whether less or more is better; "auto" knows it of the loss and of `nnfs.metrics`, and of no other figure.
    minimum_change : float
        How much better it must be to count, >= 0.
    restore_best : bool
        Whether the network ends with the weights of its best epoch, else with the last ones.
    """

    best_epoch: int
    _weights: dict[str, Array]

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        patience: int = 5,
        mode: str = "auto",
        minimum_change: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        self.restore_best = as_flag(restore_best, "EarlyStopping: restore_best")
        super().__init__(monitor, patience, mode, minimum_change)

    def on_train_begin(self, training: Training) -> None:
        """Refuse weights of an earlier training that do not fit the network."""
        super().on_train_begin(training)
        if self._weights:
            own = training.network.state_dict()
            check_names(self._weights, own, "EarlyStopping: weights")
            for name, values in own.items():
                check_array(self._weights[name], values, f"EarlyStopping: weights.{name}")

    def keep_best(self, training: Training) -> None:
        """Keep a copy of the weights, which are the best so far."""
        self.best_epoch = training.epoch + 1
        if self.restore_best:
            self._weights = training.network.state_dict()

    def end_wait(self, training: Training) -> None:
        """Stop the training after ``patience`` epochs without a better figure."""
        training.stop(f"{self.monitor} was best in epoch {self.best_epoch}, {self.waited} epochs ago")

    def on_train_end(self, training: Training) -> None:
        """Put the best weights back into the network, whatever ended the training."""
        if self._weights:
            training.network.load_state_dict(self._weights)
            training.history.best_epoch = self.best_epoch

    def state(self) -> dict[str, Any]:
        """Return the best figure, its epoch and its weights."""
        return super().state() | {"best_epoch": self.best_epoch, "weights": self._weights}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the best figure, its epoch and its weights from a state that `state` returned."""
        super().load_state(state)
        self.best_epoch = check_count(state["best_epoch"], "EarlyStopping: best_epoch")
        check(isinstance(state["weights"], dict), state["weights"], "arrays by name", "EarlyStopping: weights")
        self._weights = state["weights"]

    @property
    def keeps_weights(self) -> bool:
        """Whether best weights are kept, which the network has at the end."""
        return bool(self._weights)

    def _reset(self) -> None:
        super()._reset()
        self.best_epoch = 0
        self._weights = {}


def kept_epoch(callbacks: Sequence[Callback]) -> int | None:
    """Return the epoch, counted from 1, whose weights the network has at the end; None for those of the last step.

    Of more than one `EarlyStopping` the first in the list is the last to put its weights back.
    """
    return next((each.best_epoch for each in callbacks if isinstance(each, EarlyStopping) and each.keeps_weights), None)
