"""A running mean of the weights, which is evaluated and kept in their place."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..system.floating_point import quietly
from ..training.callback import Callback
from ..training.state_check import check, check_array, check_names
from ..training.training import Training
from .early_stopping import kept_epoch


class EMA(Callback):
    """Keep an exponential moving average of the weights, whose network is often better than that of the last step.

    After each step mean = decay mean + (1 - decay) weights; it begins with the weights after the first step. Each
    epoch is validated with the mean in the place of the weights, callbacks see it until the epoch has ended, and the
    network ends with it, unless `EarlyStopping` puts the weights of its best epoch back, which are means then. Training
    itself goes on with the weights. What batch normalization measures is not averaged.

    Source: Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992, with the weights of
    Kingma and Ba, 2015, section 7.2.

    Parameters
    ----------
    decay : float
        0 <= decay < 1; about the last 1 / (1 - decay) steps count.
    """

    def __init__(self, decay: float = 0.99) -> None:
        self.decay = as_number(decay, "EMA: decay", minimum=0, below=1)
        self._mean: Array | None = None
        self._weights: Array | None = None

    def on_train_begin(self, training: Training) -> None:
        """Forget the mean of another training, and refuse what does not fit the network or the training."""
        self._weights = None
        if not training.history.step_losses:
            self._mean = None
        if self._mean is not None:
            check_array(self._mean, training.network.vector.value, "EMA: mean")
        if sum(isinstance(callback, EMA) for callback in training.callbacks) > 1:
            raise ValueError("EMA: the network can be validated with one mean of its weights; leave one EMA out")
        if training.trainer.optimizer.needs_all_samples:
            raise ValueError(
                f"EMA: a mean of the weights removes the noise of small batches, and {training.trainer.optimizer!r} "
                "has none: the mean would only be behind; leave EMA out"
            )

    @quietly
    def on_step_end(self, training: Training) -> None:
        """Let the mean follow the weights."""
        value = training.network.vector.value
        if self._mean is None:
            self._mean = value.copy()
            return
        self._mean += (1 - self.decay) * (value - self._mean)

    def on_validation_begin(self, training: Training) -> None:
        """Put the mean in the place of the weights."""
        if self._mean is not None:
            self._weights = training.network.vector.value.copy()
            training.network.vector.value[...] = self._mean

    def on_validation_end(self, training: Training) -> None:
        """Put the weights back."""
        if self._weights is not None:
            training.network.vector.value[...] = self._weights
            self._weights = None

    def on_train_end(self, training: Training) -> None:
        """Leave the mean in the network, unless the best weights are kept."""
        if self._mean is not None and kept_epoch(training.callbacks) is None:
            training.network.vector.value[...] = self._mean

    def state(self) -> dict[str, Any]:
        """Return the mean."""
        return {"mean": self._mean}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the mean from a state that `state` returned."""
        check_names(state, ("mean",), "EMA")
        mean = state["mean"]
        check(mean is None or isinstance(mean, np.ndarray), mean, "an array or nothing", "EMA: mean")
        self._mean = None if mean is None else mean.copy()
