"""The networks that ``nnfs bench`` measures: ten well-known ones, and seven as they are built today.

All are small enough for a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Layer,
    MaxPool2D,
    ReLU,
    Residual,
    Tanh,
)
from ..models import lenet5
from ..optimizers import SGD, Adam, Optimizer
from ..sequential import Sequential


class Network(NamedTuple):
    """A network to measure: its layers, the shape of a sample, its batch size, its loss, and its optimizer."""

    name: str
    layers: Callable[[], list[Layer]]
    input_shape: Shape
    batch_size: int = 64
    loss: str = "cross_entropy"
    optimizer: Callable[[], Optimizer] = partial(SGD, 0.01)
    classes: int = 10

    def build(self) -> Sequential:
        """Return a new network. Its initial weights are equal in each call."""
        return Sequential(self.layers(), self.input_shape, seed=0)

    def batch(self, rows: int | None = None) -> tuple[Array, Array]:
        """Return random inputs and targets of ``rows`` samples (None: ``batch_size``). They are equal in each call."""
        rng = np.random.default_rng(0)
        rows = rows or self.batch_size
        x = rng.normal(size=(rows, *self.input_shape)).astype(np.float32)
        if self.loss == "cross_entropy":
            return x, rng.integers(0, self.classes, rows)
        return x, rng.normal(size=(rows, 1)).astype(np.float32)


def find_network(name: str) -> Network:
    """Return the network of `NETWORKS` or `RECENT` with this name, in upper or lower case.

    Raises ValueError, which lists all names, where none has it.
    """
    every = (*NETWORKS, *RECENT)
    for network in every:
        if network.name.lower() == name.lower():
            return network
    raise ValueError(f"no network is named {name!r}; the names are {', '.join(repr(one.name) for one in every)}")


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


def _normalized(layer: Layer, *rest: Layer) -> list[Layer]:
    return [layer, BatchNorm(), ReLU(), *rest]


def _conv(filters: int, stride: int = 1) -> Conv2D:
    return Conv2D(filters, 3, stride=stride, padding=1, use_bias=False)


def _resnet8() -> list[Layer]:
    """The residual network of He et al. for CIFAR-10 (2016), with one block for each width."""
    layers = _normalized(_conv(16))
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        body = [*_normalized(_conv(filters, stride)), _conv(filters), BatchNorm()]
        shortcut = [Conv2D(filters, 1, stride=stride, use_bias=False), BatchNorm()] if stride > 1 else None
        layers += [Residual(body, shortcut), ReLU()]
    return [*layers, GlobalAvgPool2D(), Dense(10)]


def _normalized_vgg() -> list[Layer]:
    layers: list[Layer] = []
    for filters in (32, 64):
        layers += [*_normalized(_conv(filters)), *_normalized(_conv(filters), MaxPool2D(2))]
    return [*layers, Flatten(), Dense(10)]


def _mobilenet() -> list[Layer]:
    """Depthwise convolutions, each with a 1x1 convolution behind it, as in MobileNet (Howard et al., 2017)."""
    layers, channels = _normalized(_conv(32)), 32
    for filters, stride in ((64, 1), (128, 2), (128, 1), (256, 2)):
        depthwise = Conv2D(channels, 3, stride=stride, padding=1, groups=channels, use_bias=False)
        layers += [*_normalized(depthwise), *_normalized(Conv2D(filters, 1, use_bias=False))]
        channels = filters
    return [*layers, GlobalAvgPool2D(), Dense(10)]


def _normalized_mlp() -> list[Layer]:
    return [*_normalized(Dense(256), Dropout(0.2)), *_normalized(Dense(128), Dropout(0.2)), Dense(10)]


def _strided() -> list[Layer]:
    layers: list[Layer] = [Conv2D(24, 5, stride=2, padding=2), ReLU(), Conv2D(40, 3, stride=2, padding=1), ReLU()]
    return [*layers, Flatten(), Dense(10)]


def _odd() -> list[Layer]:
    first: list[Layer] = [Conv2D(12, 3, padding=1), ReLU(), MaxPool2D(2)]
    return [*first, Conv2D(20, 3, padding=1), ReLU(), MaxPool2D(2), Flatten(), Dense(10)]


_GREY = (1, 28, 28)
_COLOUR = (3, 32, 32)

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
    Network("CIFAR VGG", _vgg, _COLOUR),
)
"""Ten well-known networks, trained by plain SGD."""

RECENT = (
    Network("tiny", lambda: [Dense(8), Tanh(), Dropout(0.2), Dense(2)], (24,), 200, optimizer=Adam, classes=2),
    Network("MLP with norms", _normalized_mlp, (100,), optimizer=Adam),
    Network("strided", _strided, _COLOUR, optimizer=Adam),
    Network("odd sizes", _odd, (1, 29, 31), optimizer=Adam),
    Network("VGG with norms", _normalized_vgg, _GREY, optimizer=Adam),
    Network("ResNet-8", _resnet8, _COLOUR, optimizer=Adam),
    Network("MobileNet", _mobilenet, _COLOUR, optimizer=Adam),
)
"""Seven networks as they are built today, trained by Adam: batch normalization, strides, blocks, dropout."""
