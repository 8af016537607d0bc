"""Early stopping: end before the network learns its samples by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._kernels.interface import Array
from ..hyperparameters import as_flag
from .monitor import Monitor

if TYPE_CHECKING:
    from ..fitting import Training


class EarlyStopping(Monitor):
    """Stop when a figure has not become better for some epochs, and go back to the best weights.

    The best weights are restored on every way out of `fit`: after the last epoch, an early stop, an error, Ctrl-C.

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

    def keep_best(self, training: Training) -> None:
        """Keep the weights."""
        self.best_epoch = training.epoch + 1
        if self.restore_best:
            self._weights = training.network.state_dict()

    def end_wait(self, training: Training) -> None:
        """Stop."""
        training.stop(f"{self.monitor} was best in epoch {self.best_epoch}, {self.waited} epochs ago")

    def on_train_end(self, training: Training) -> None:
        """Put the best weights back."""
        if self._weights:
            training.network.load_state_dict(self._weights)

    def state(self) -> dict[str, Any]:
        """Return the best figure, its epoch and its weights."""
        return super().state() | {"best_epoch": self.best_epoch, "weights": self._weights}

    def load_state(self, state: dict[str, Any]) -> None:
        """Remember them."""
        super().load_state(state)
        self.best_epoch, self._weights = state["best_epoch"], state["weights"]

    def _reset(self) -> None:
        super()._reset()
        self.best_epoch = 0
        self._weights = {}
