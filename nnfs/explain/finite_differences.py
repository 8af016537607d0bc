"""Finite differences: what the gradient of one number should be, from two losses in float64."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..layers import Layer
from ..layers.context import Context
from ..losses import Loss
from ..network.network import Network
from .difference import STEP, WIDE, Difference, difference_of
from .recording import Recording

ROWS = 256
"""How many samples go through the network together."""


class Number(NamedTuple):
    """A number of a pass: ``of`` is "input", "output" or the name of a parameter; ``layer`` None is x."""

    layer: str | None
    of: str
    place: tuple[int, ...]


class FiniteDifferences:
    """Compute (L(v + h) - L(v - h)) / 2h for numbers v of one pass, by a copy of the network in float64.

    Only what a number can change is computed again: its layer, and those behind it for many numbers together. In
    training, where samples change each other and random numbers are drawn in order, each takes whole passes.

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

    def __init__(self, network: Network, x: Array, y: Array, loss: Loss, training: bool) -> None:
        self.recording = Recording(in_double(network))
        self.recording.random = Recording(network).random
        self.x, self.loss, self.training = x.astype(np.float64), loss, training
        self.y = y if y.dtype.kind in "iu" else y.astype(np.float64)
        self._top = list(self.recording.network.layers.nodes)
        outputs, _ = self.recording.forward(self.x, training)
        self._between = [self.x, *(self.recording.nodes[str(k)].record.y for k in range(len(self._top)))]
        self._middle = float(self._loss(outputs)[0])

    def of(self, numbers: Sequence[Number]) -> list[Difference]:
        """Return the difference of each number."""
        losses = self._losses([(number, step) for number in numbers for step in (STEP, -STEP)])
        return [
            difference_of(pair, self._middle, partial(self._wide, number))
            for number, pair in zip(numbers, losses.reshape(-1, 2).tolist(), strict=True)
        ]

    def _wide(self, number: Number) -> list[float]:
        return self._losses([(number, WIDE), (number, -WIDE)]).tolist()

    def _losses(self, moves: Sequence[tuple[Number, float]]) -> Array:
        """Return the loss with each number moved by a step."""
        found, together = np.empty(len(moves)), max(1, ROWS // len(self.x))
        behind: dict[int, list[int]] = {}
        for k, (number, _) in enumerate(moves):
            behind.setdefault(self._reach(number)[1], []).append(k)
        for end, all_moves in behind.items():
            for start in range(0, len(all_moves), together):
                chosen = all_moves[start : start + together]
                moved = np.concatenate([self._moved(*moves[k]) for k in chosen])
                outputs = moved if self.training else self._through(moved, end, len(self._top))
                found[chosen] = self._loss(outputs)
        return found

    def _reach(self, number: Number) -> tuple[int, int]:
        """Return from which to before which layer of the network itself a moved number must go sample by sample."""
        if self.training:
            return 0, len(self._top)
        if number.layer is None:
            return 0, 0
        names = [number.layer]
        if number.of not in ("input", "output"):
            layer = self.recording.nodes[number.layer].record.layer
            names = [name for name, node in self.recording.nodes.items() if node.record.layer is layer]
        places = [int(name.partition(".")[0]) for name in names]
        return min(places), max(places) + 1

    def _moved(self, number: Number, step: float) -> Array:
        """Return what the layers of `_reach` give with the number moved."""
        first, end = self._reach(number)
        x = self._between[first]
        if number.layer is None:
            x = x.copy()
            x[number.place] += step
            return self._through(x, first, end)
        node = self.recording.nodes[number.layer]
        if number.of in ("input", "output"):
            node.nudge = number.of, number.place, step
            try:
                return self._through(x, first, end)
            finally:
                node.nudge = None
        array = node.record.layer.parameters[number.of].value
        before = array[number.place]
        array[number.place] = before + step
        try:
            return self._through(x, first, end)
        finally:
            array[number.place] = before

    def _through(self, x: Array, first: int, end: int) -> Array:
        """Return what the layers from ``first`` to before ``end`` make of x, a new array or x itself."""
        if self.training:
            return self.recording.forward(x, True)[0].copy()
        with np.errstate(all="ignore"):
            for node in self._top[first:end]:
                x = node.forward(x, Context())
        return x

    def _loss(self, outputs: Array) -> Array:
        """Return the loss of each batch of outputs, of which one stands behind the other."""
        count = len(outputs) // len(self.x)
        with np.errstate(all="ignore"):
            losses = self.loss.samples(outputs, np.concatenate([self.y] * count))
        return losses.reshape(count, -1).mean(axis=1)


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
