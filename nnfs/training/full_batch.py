"""Steps of optimizers that look at the loss of all samples more than once, such as L-BFGS: what they need and do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import NumericError
from ..layers import Dropout
from ..network.network import Network
from ..optimizers import LBFGS
from ..optimizers.wolfe import Point
from .array_batches import ArrayBatches
from .batches import Batches


def minimize(trainer: Any, loss_and_gradients: Callable[[], float]) -> float:
    """Take one step of a trainer, and return the loss before it; where it fails, the weights are as before.

    Parameters
    ----------
    trainer : nnfs.training.step.Stepper
        Its network's parameters are changed.
    loss_and_gradients : function
        Returns the loss with the parameters as they are, and leaves its gradients in them.
    """
    vector, optimizer, memory = trainer.network.vector, trainer.optimizer, trainer.memory
    assert isinstance(optimizer, LBFGS)
    before, remembered = vector.value.copy(), {name: array.copy() for name, array in memory.items()}
    decay = np.zeros(len(before))
    for part in trainer.parts.parts:
        decay[part.place] = optimizer.weight_decay
    losses: list[float] = []
    outputs: list[Array] = []

    def evaluate(values: Array) -> Point:
        vector.value[...] = values
        at = vector.value.astype(np.float64)
        try:
            loss = loss_and_gradients()
        except NumericError:
            if not losses:
                raise
            return Point(at, math.inf, np.zeros(len(at)))  # the search went too far
        losses.append(loss)
        outputs[:] = outputs or [trainer.outputs.copy()]
        return Point(at, loss + float((decay * at) @ at) / 2, vector.grad.astype(np.float64) + decay * at)

    try:
        with np.errstate(all="ignore"):
            rounding = 4 * float(np.finfo(before.dtype).eps)
            vector.value[...] = optimizer.minimize(evaluate, before.astype(np.float64), memory, trainer.steps, rounding)
        trainer.network.loss, trainer.outputs, trainer.steps = trainer.loss, outputs[0], trainer.steps + 1
    except BaseException:
        vector.value[...] = before
        for name, array in remembered.items():
            memory[name][...] = array
        raise
    return losses[0]


def check_is_steady(network: Network) -> None:
    """Raise ValueError for a network whose loss is another one each time that it is asked for."""
    for name, chain, index in network.layers.walk():
        layer = chain[index]
        if isinstance(layer, Dropout) and layer.rate:
            raise ValueError(
                f"LBFGS needs a loss that is one function of the parameters, but layer {name}, {layer!r}, draws at "
                "random; leave it out, use weight_decay in its place, or another optimizer"
            )


def check_takes_all(network: Network, batches: Batches, augment: Sequence[Any]) -> None:
    """Raise ValueError where a step would not see the loss of all samples as they are."""
    check_is_steady(network)
    if augment:
        raise ValueError("LBFGS needs the same samples each time, but augment changes them at random; leave it out")
    if not isinstance(batches, ArrayBatches):
        raise ValueError("LBFGS needs all samples in each step: give arrays x and y")
    if batches.steps > 1:
        samples, size = batches.samples, batches.batch_size
        raise ValueError(
            f"LBFGS needs all samples in each step, but batch_size={size} leaves {batches.steps} steps for {samples} "
            f"samples; write batch_size={samples} or, for less memory, batch_size={size} with "
            f"accumulate={-(-samples // size)}"
        )
