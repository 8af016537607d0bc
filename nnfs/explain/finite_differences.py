"""Finite differences: what the gradient of one number should be, from two losses in float64."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..layers import Layer
from ..losses import Loss
from ..network.network import Network
from .recording import Recording

STEP = 1e-6
"""How far a number is moved to each side."""


class FiniteDifferences:
    """Compute (L(v + h) - L(v - h)) / 2h for numbers v of one pass, by a copy of the network in float64.

    Parameters
    ----------
    network : Network
        The network of the pass, which draws the random numbers of the pass next; not changed.
    x, y : ndarray
        Samples and targets of the pass; not modified.
    loss : Loss
        The loss L.
    training : bool
        Whether the pass is one of training.
    """

    def __init__(self, network: Network, x: Array, y: Array | None, loss: Loss, training: bool) -> None:
        self.recording = Recording(in_double(network))
        self.recording.random = Recording(network).random
        self.x, self.loss, self.training = x.astype(np.float64), loss, training
        self.y = y if y is None or y.dtype.kind in "iu" else y.astype(np.float64)

    def of_input(self, place: tuple[int, ...]) -> float:
        """Return the difference of a number of x."""
        return self._between(self.x, place)

    def of_parameter(self, layer: str, name: str, place: tuple[int, ...]) -> float:
        """Return the difference of a number of a parameter."""
        return self._between(self.recording.nodes[layer].record.layer.parameters[name].value, place)

    def of_output(self, layer: str, place: tuple[int, ...]) -> float:
        """Return the difference of a number that a layer gives."""
        node, losses = self.recording.nodes[layer], []
        try:
            for step in (STEP, -STEP):
                node.nudge = place, step
                losses.append(self._loss())
        finally:
            node.nudge = None
        return (losses[0] - losses[1]) / (2 * STEP)

    def _between(self, array: Array, place: tuple[int, ...]) -> float:
        before, losses = array[place], []
        try:
            for step in (STEP, -STEP):
                array[place] = before + step
                losses.append(self._loss())
        finally:
            array[place] = before
        return (losses[0] - losses[1]) / (2 * STEP)

    def _loss(self) -> float:
        assert self.y is not None
        outputs, _ = self.recording.forward(self.x, self.training)
        return self.loss(outputs, self.y, gradient=np.empty_like(outputs))


def in_double(network: Network) -> Network:
    """Return a network of float64 with the same layers and numbers, for finite differences."""
    made: dict[int, Layer] = {}

    def fresh(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [fresh(each) for each in value] if any(isinstance(v, Layer | list) for v in value) else value
        if not isinstance(value, Layer):
            return value
        if id(value) not in made:
            made[id(value)] = type(value)(**{name: fresh(each) for name, each in value.config().items()})
        return made[id(value)]

    with warnings.catch_warnings():  # the layers have warned when they were first built
        warnings.simplefilter("ignore")
        layers = [fresh(layer) for layer in network.layers]
        double = Network(layers, network.input_shape, seed=network.seed, dtype="float64", fuse=False)
    double.load_state_dict(network.state_dict())
    return double
