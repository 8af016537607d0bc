"""The modules of PyTorch that compute what layers do: one function for each layer, in the table `MODULES`.

It takes a `Twins`, the layer and the shape of its samples, and returns a module whose parameters and buffers have the
names of the layer's. PyTorch itself is never imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._kernels import kernels
from ..._kernels.interface import Padding
from ...arguments.shapes import Shape, as_sides
from ...errors import UnsupportedError
from ...layers import (
    ELU,
    GELU,
    AvgPool1D,
    AvgPool2D,
    BatchNorm,
    Clip,
    Concat,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    Gate,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GroupNorm,
    HardSigmoid,
    HardSwish,
    Layer,
    LayerNorm,
    LeakyReLU,
    LogSoftmax,
    MaxPool1D,
    MaxPool2D,
    Mish,
    Normalization,
    Padding2D,
    Permute,
    ReLU,
    Reshape,
    Residual,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    Upsample2D,
)
from ...layers.chain import Chain
from .conversions import Module


class Twins:
    """Make the modules of a network.

    Parameters
    ----------
    torch : module
        PyTorch.
    rng : numpy.random.Generator
        Where modules of dropout draw from: the generator of nnfs, since PyTorch's dropout has numbers of its own.
    """

    def __init__(self, torch: Any, rng: np.random.Generator) -> None:
        self.torch, self.nn, self.rng = torch, torch.nn, rng
        self._made: dict[int, Module] = {}

    def sequence(self, chain: Chain) -> Module:
        """Return a ``torch.nn.Sequential`` that computes what a chain of layers does.

        Raises UnsupportedError, which names all layers that have no counterpart, those within layers included.
        """
        foreign = [(name, inner[index]) for name, inner, index in chain.walk() if type(inner[index]) not in MODULES]
        if foreign:
            names = ", ".join(f"layer {name}, {layer!r}" for name, layer in foreign)
            raise UnsupportedError(f"PyTorch has no counterpart here of {names}")
        return self.nn.Sequential(*(self._one(layer, shape) for layer, shape in zip(chain, chain.shapes, strict=False)))

    def _one(self, layer: Layer, shape: Shape) -> Module:
        """Return the module of a layer: the same one for a layer with numbers that stands in the network twice."""
        made = self._made.get(id(layer))
        if made is None:
            made = MODULES[type(layer)](self, layer, shape)
            if layer.parameters or layer.buffers:
                self._made[id(layer)] = made
        return made

    def function(self, function: Callable[[Any], Any]) -> Module:
        """Return a module without numbers that computes a function of a tensor."""

        class Function(self.nn.Module):  # type: ignore[misc, name-defined]
            def forward(self, x: Any) -> Any:
                return function(x)

        return Function()

    def bordered(self, kind: type, sides: Padding, value: float, *arguments: Any, **options: Any) -> Module:
        """Return a module of a class of PyTorch that first puts a border around images, of any width on each side."""
        pad, (top, bottom, left, right) = self.nn.functional.pad, sides

        class Bordered(kind):  # type: ignore[misc]
            def forward(self, x: Any) -> Any:
                return super().forward(pad(x, (left, right, top, bottom), value=value))

        return Bordered(*arguments, **options)


def _conv(twins: Twins, layer: Conv2D, shape: Shape) -> Module:
    kind, axes, sides = *_of_rank(twins, "Conv", shape), layer.window.padding
    size, stride, _, dilation = (pair[axes] for pair in layer.window)
    sizes = (shape[0], layer.filters, size)
    options = {"stride": stride, "dilation": dilation, "groups": layer.groups, "bias": layer.use_bias}
    if _is_even(sides):
        return kind(*sizes, padding=sides[::2][axes], **options)
    return twins.bordered(kind, sides, 0.0, *sizes, **options)


def _conv_transpose2d(twins: Twins, layer: ConvTranspose2D, shape: Shape) -> Module:
    nn, window, sides = twins.nn, layer.window, layer.window.padding
    sizes = (shape[0], layer.filters, window.size)
    options = {"stride": window.stride, "dilation": window.dilation, "groups": layer.groups, "bias": layer.use_bias}
    if _is_even(sides):
        return nn.ConvTranspose2d(*sizes, padding=sides[::2], output_padding=layer.output_padding, **options)
    (top, _, left, _), (rows, columns) = sides, layer.output_size

    class Cropped(nn.ConvTranspose2d):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return super().forward(x)[:, :, top : top + rows, left : left + columns]

    return Cropped(*sizes, output_padding=layer.output_padding, **options)


def _max_pool(twins: Twins, layer: MaxPool2D, shape: Shape) -> Module:
    kind, axes, sides = *_of_rank(twins, "MaxPool", shape), layer.window.padding
    size, stride = layer.window.size[axes], layer.window.stride[axes]
    if _is_even(sides):
        return kind(size, stride=stride, padding=sides[::2][axes])
    return twins.bordered(kind, sides, -float("inf"), size, stride=stride)


def _avg_pool(twins: Twins, layer: AvgPool2D, shape: Shape) -> Module:
    kind, axes, sides = *_of_rank(twins, "AvgPool", shape), layer.window.padding
    size = layer.window.size[axes]
    options = {"stride": layer.window.stride[axes], "count_include_pad": layer.count_include_pad}
    if _is_even(sides):
        return kind(size, padding=sides[::2][axes], **options)
    bordered = twins.bordered(kind, sides, 0.0, size, **options)
    if layer.count_include_pad:
        return bordered
    # The mean over all cells, divided by the share of a window that lies within the image.
    return twins.function(lambda x: bordered(x) / bordered(twins.torch.ones_like(x)))


def _batch_norm(twins: Twins, layer: BatchNorm, shape: Shape) -> Module:
    kind = twins.nn.BatchNorm2d if len(shape) == 3 else twins.nn.BatchNorm1d
    return kind(shape[0], eps=layer.epsilon, momentum=layer.momentum)


def _normalization(twins: Twins, layer: Normalization, shape: Shape) -> Module:
    places = (-1, *(1,) * (len(shape) - 1))

    class Standardize(twins.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            for name, array in layer.buffers.items():
                self.register_buffer(name, twins.torch.tensor(array))

        def forward(self, x: Any) -> Any:
            return (x - self.mean.reshape(places)) / self.scale.reshape(places)

    return Standardize()


def _dropout(twins: Twins, layer: Dropout, shape: Shape) -> Module:
    torch, rng, rate = twins.torch, twins.rng, layer.rate

    class SharedDropout(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            if not self.training or rate == 0:
                return x
            scales = torch.ones_like(x).numpy()
            kernels.dropout(scales, int(rng.integers(2**64, dtype=np.uint64)), rate, y=scales)
            return x * torch.from_numpy(scales)

    return SharedDropout()


def _residual(twins: Twins, layer: Residual, shape: Shape) -> Module:
    class Sum(twins.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return self.body(x) + (x if layer.shortcut is None else self.shortcut(x))

    module = Sum()
    for name, chain in layer.chains.items():
        module.add_module(name, twins.sequence(chain))
    return module


def _concat(twins: Twins, layer: Concat, shape: Shape) -> Module:
    torch = twins.torch

    class SideBySide(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.branches = torch.nn.ModuleList(twins.sequence(chain) for chain in layer.branches)

        def forward(self, x: Any) -> Any:
            return torch.cat([branch(x) for branch in self.branches], dim=1)

    return SideBySide()


def _gate(twins: Twins, layer: Gate, shape: Shape) -> Module:
    torch = twins.torch

    class Product(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.body = twins.sequence(layer.body)

        def forward(self, x: Any) -> Any:
            return x * self.body(x)

    return Product()


def _hard_sigmoid(twins: Twins, layer: HardSigmoid, shape: Shape) -> Module:
    return twins.function(lambda x: (layer.slope * x + layer.offset).clamp(0, 1))


def _upsample2d(twins: Twins, layer: Upsample2D, shape: Shape) -> Module:
    _, rows, columns = layer.output_shape(shape)
    return twins.nn.Upsample(size=(rows, columns), mode=layer.mode)


def _padding2d(twins: Twins, layer: Padding2D, shape: Shape) -> Module:
    top, bottom, left, right = as_sides(layer.padding, "padding")
    return twins.nn.ZeroPad2d((left, right, top, bottom))


MODULES: dict[type[Layer], Callable[[Twins, Any, Shape], Module]] = {
    AvgPool1D: _avg_pool,
    AvgPool2D: _avg_pool,
    BatchNorm: _batch_norm,
    Clip: lambda twins, layer, shape: twins.nn.Hardtanh(layer.minimum, layer.maximum),
    Concat: _concat,
    Conv1D: _conv,
    Conv2D: _conv,
    ConvTranspose2D: _conv_transpose2d,
    Dense: lambda twins, layer, shape: twins.nn.Linear(shape[-1], layer.units, bias=layer.use_bias),
    Dropout: _dropout,
    ELU: lambda twins, layer, shape: twins.nn.ELU(layer.alpha),
    Flatten: lambda twins, layer, shape: twins.nn.Flatten(),
    GELU: lambda twins, layer, shape: twins.nn.GELU(layer.approximate),
    GlobalAvgPool1D: lambda twins, layer, shape: twins.function(lambda x: x.mean(2)),
    Gate: _gate,
    GlobalAvgPool2D: lambda twins, layer, shape: twins.function(lambda x: x.mean((2, 3))),
    GlobalMaxPool1D: lambda twins, layer, shape: twins.function(lambda x: x.max(2).values),
    GlobalMaxPool2D: lambda twins, layer, shape: twins.function(lambda x: x.flatten(2).max(2).values),
    GroupNorm: lambda twins, layer, shape: twins.nn.GroupNorm(layer.groups, shape[0], eps=layer.epsilon),
    HardSigmoid: _hard_sigmoid,
    HardSwish: lambda twins, layer, shape: twins.nn.Hardswish(),
    LayerNorm: lambda twins, layer, shape: twins.nn.LayerNorm(layer.weight.value.shape, eps=layer.epsilon),
    LeakyReLU: lambda twins, layer, shape: twins.nn.LeakyReLU(layer.negative_slope),
    LogSoftmax: lambda twins, layer, shape: twins.nn.LogSoftmax(dim=1),
    MaxPool1D: _max_pool,
    MaxPool2D: _max_pool,
    Mish: lambda twins, layer, shape: twins.nn.Mish(),
    Normalization: _normalization,
    Padding2D: _padding2d,
    Permute: lambda twins, layer, shape: twins.function(lambda x: x.permute(0, *layer.dims)),
    ReLU: lambda twins, layer, shape: twins.nn.ReLU(),
    Reshape: lambda twins, layer, shape: twins.function(lambda x: x.reshape(len(x), *layer.output_shape(shape))),
    Residual: _residual,
    SiLU: lambda twins, layer, shape: twins.nn.SiLU(),
    Sigmoid: lambda twins, layer, shape: twins.nn.Sigmoid(),
    Softmax: lambda twins, layer, shape: twins.nn.Softmax(dim=1),
    Softplus: lambda twins, layer, shape: twins.nn.Softplus(layer.beta),
    Softsign: lambda twins, layer, shape: twins.nn.Softsign(),
    Tanh: lambda twins, layer, shape: twins.nn.Tanh(),
    Upsample2D: _upsample2d,
}
"""For each layer of nnfs: the function that returns its module."""


def _of_rank(twins: Twins, name: str, shape: Shape) -> tuple[type, slice]:
    """Return PyTorch's class for signals (C, L) or images (C, H, W), and which axes of an image its windows have."""
    return getattr(twins.nn, f"{name}{len(shape) - 1}d"), slice(3 - len(shape), None)


def _is_even(sides: Padding) -> bool:
    """Return whether a border is as wide at the bottom as at the top, and as wide at the right as at the left."""
    top, bottom, left, right = sides
    return (top, left) == (bottom, right)
