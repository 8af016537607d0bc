"""Ten well-known networks, small enough for a CPU, which ``nnfs bench`` measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU
from ..models import lenet5
from ..sequential import Sequential


class Network(NamedTuple):
    """A network to measure: its layers, the shape of a sample, its loss and its batch size."""

    name: str
    layers: Callable[[], list[Layer]]
    input_shape: Shape
    batch_size: int = 64
    loss: str = "cross_entropy"

    def build(self) -> Sequential:
        """Return a new network. Its initial weights are equal in each call."""
        return Sequential(self.layers(), self.input_shape, seed=0)

    def batch(self, rows: int | None = None) -> tuple[Array, Array]:
        """Return random inputs and targets of ``rows`` samples (None: ``batch_size``). They are equal in each call."""
        rng = np.random.default_rng(0)
        rows = rows or self.batch_size
        x = rng.normal(size=(rows, *self.input_shape)).astype(np.float32)
        if self.loss == "cross_entropy":
            return x, rng.integers(0, 10, rows)
        return x, rng.normal(size=(rows, 1)).astype(np.float32)


def find_network(name: str) -> Network:
    """Return the network of `NETWORKS` with this name, in upper or lower case.

    Raises ValueError, which lists all names, where none has it.
    """
    for network in NETWORKS:
        if network.name.lower() == name.lower():
            return network
    raise ValueError(f"no network is named {name!r}; the names are {', '.join(repr(one.name) for one in NETWORKS)}")


def _convolutions(*filters: int, padding: int = 1, pool: bool = True, hidden: tuple[int, ...] = ()) -> list[Layer]:
    layers: list[Layer] = []
    for count in filters:
        layers += [Conv2D(count, 3, padding=padding), ReLU()]
        if pool:
            layers.append(MaxPool2D(2))
    layers.append(Flatten())
    for units in hidden:
        layers += [Dense(units), ReLU()]
    return [*layers, Dense(10)]


def _vgg() -> list[Layer]:
    layers: list[Layer] = []
    for count in (32, 64):
        layers += [Conv2D(count, 3, padding=1), ReLU(), Conv2D(count, 3, padding=1), ReLU(), MaxPool2D(2)]
    return [*layers, Flatten(), Dense(256), ReLU(), Dense(10)]


_GREY = (1, 28, 28)

NETWORKS = (
    Network("moons MLP", lambda: [Dense(16), ReLU(), Dense(16), ReLU(), Dense(1)], (2,), 32, "mean_squared_error"),
    Network("MLP", lambda: [Dense(128), ReLU(), Dense(64), ReLU(), Dense(10)], (784,)),
    Network("cnn-1", lambda: _convolutions(1, padding=0, pool=False), _GREY),
    Network("cnn-2", lambda: _convolutions(1, padding=0), _GREY),
    Network("cnn-3", lambda: _convolutions(1), _GREY),
    Network("cnn-4", lambda: _convolutions(8), _GREY),
    Network("cnn-5", lambda: _convolutions(8, 16), _GREY),
    Network("LeNet-5", lambda: lenet5(_GREY, 10), _GREY),
    Network("32-64", lambda: _convolutions(32, 64, hidden=(128,)), _GREY),
    Network("CIFAR VGG", _vgg, (3, 32, 32)),
)
