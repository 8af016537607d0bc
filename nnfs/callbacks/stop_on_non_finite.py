"""A stop at the first weight that is not finite, with the last good weights in place."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..errors import NumericError
from ..training.callback import Callback
from ..training.training import Training


class StopOnNonFinite(Callback):
    """Check all weights after every step; where one is not finite, put the last good ones back and stop.

    `fit` itself raises NumericError where a loss or a gradient is not finite, before the step changes a weight. A
    step that goes too far, though, is only found in the next one, or at the end of the epoch: this callback finds it at
    once. It costs a copy of the weights for each step.
    """

    def __init__(self) -> None:
        self._good: dict[str, Array] = {}

    def on_train_begin(self, training: Training) -> None:
        """Keep a copy of the weights before the first step."""
        self._good = training.network.state_dict()

    def on_step_end(self, training: Training) -> None:
        """Keep a copy of the weights, or put the last good ones back and raise NumericError."""
        weights = training.network.state_dict()
        for name, values in weights.items():
            if not np.isfinite(values).all():
                training.network.load_state_dict(self._good)
                step = training.trainer.steps - 1
                raise NumericError(
                    f"epoch {training.epoch + 1}: {name} is not finite after step {step}, which went too far; the "
                    "weights before it are back; try a smaller learning rate",
                    epoch=training.epoch + 1,
                    step=step,
                    layer=int(name.split(".")[0]),
                    parameter=name,
                )
        self._good = weights

    def on_train_end(self, training: Training) -> None:
        """Free the memory of the copy."""
        self._good = {}
