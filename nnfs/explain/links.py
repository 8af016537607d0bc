"""Links: which numbers of a layer's input, weight and output meet, and with what share.

Most layers are sums: an output number is the sum of input numbers, each times a weight or a fixed share. Which ones
meet is a product of small tables, one for each axis: output row p meets input row h at kernel row i. Read by its
output, a table gives the terms of the forward pass; read by its input or its weight, those of the gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from .._kernels.interface import Array, Window
from ..layers import (
    LAYERS,
    AvgPool1D,
    AvgPool2D,
    BatchNorm,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    Layer,
    MaxPool1D,
    MaxPool2D,
    Normalization,
    Padding2D,
    Permute,
    Reshape,
    Upsample2D,
)
from ..layers.activation import Activation

End: TypeAlias = Literal["output", "input", "weight"]


class Table(NamedTuple):
    """Which places along one axis meet: of the output, the input and the weight, and what share the input has."""

    output: Array
    input: Array
    weight: Array
    share: Array


class Views(NamedTuple):
    """The shapes in which the tables see one sample's output and input, and the weight; as many axes as tables."""

    output: tuple[int, ...]
    input: tuple[int, ...]
    weight: tuple[int, ...]


class Met(NamedTuple):
    """The places that meet one place: flat indices of output, input and weight, and shares, arrays (T,)."""

    output: Array
    input: Array
    weight: Array
    share: Array


@dataclass(frozen=True)
class Links:
    """The links of a layer.

    Attributes
    ----------
    tables : list of Table
        One for each axis; a place of the output, the input or the weight has a place in each.
    views : Views
        The shapes that the places are in.
    weight, bias : str or None
        The names of the parameters; the bias has one number for each place along the output's first axis, or repeats
        itself along it.
    shift : ndarray or None
        What is taken off the input first, one number for each place along its first axis.
    epsilon : float or None
        For batch normalization after training: each share is 1 / sqrt(variance + epsilon).
    only : "largest", "function" or None
        Whether the output is the sum of all that meet, the largest, or a function of the one.
    """

    tables: list[Table]
    views: Views
    weight: str | None = None
    bias: str | None = None
    shift: Array | None = None
    only: Literal["largest", "function"] | None = None
    epsilon: float | None = None

    def meeting(self, end: End, place: int) -> Met:
        """Return what meets a place, a flat index of the output, the input or the weight; in row-major order."""
        at = np.unravel_index(place, getattr(self.views, end))
        found = [np.flatnonzero(getattr(table, end) == where) for table, where in zip(self.tables, at, strict=True)]
        grid = [part.ravel() for part in np.meshgrid(*found, indexing="ij")]
        chosen = list(zip(self.tables, grid, strict=True))
        output = np.ravel_multi_index([table.output[rows] for table, rows in chosen], self.views.output)
        input = np.ravel_multi_index([table.input[rows] for table, rows in chosen], self.views.input)
        weight = np.ravel_multi_index([table.weight[rows] for table, rows in chosen], self.views.weight)
        return Met(output, input, weight, np.prod([table.share[rows] for table, rows in chosen], axis=0))


def links_of(layer: Layer, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> Links | None:
    """Return the links of a layer for one sample's shapes; None for a layer that is no such sum, or not of nnfs."""
    if LAYERS.get(type(layer).__name__) is not type(layer):
        return None
    if isinstance(layer, Activation):
        return _one_to_one(math.prod(input_shape), only="function")
    make: Callable[[Any, Any, Any], Links] | None = _MADE.get(type(layer))
    return None if make is None else make(layer, input_shape, output_shape)


def _column(values: Any, length: int) -> Array:
    return np.broadcast_to(np.asarray(values), (length,))


def _table(output: Any, input: Any, weight: Any = 0, share: Any = 1.0) -> Table:
    length = max(np.size(each) for each in (output, input, weight, share))
    return Table(*(_column(each, length) for each in (output, input, weight, share)))


def _same(length: int) -> Table:
    return _table(np.arange(length), np.arange(length))


def _one_to_one(size: int, **further: Any) -> Links:
    return Links([_same(size)], Views((size,), (size,), (1,)), **further)


def _triples(window: Window, axis: int, inputs: int, outputs: int) -> tuple[Array, Array, Array]:
    """Return all (p, h, i) along one axis: window place p meets pixel h with its cell i; see `Window`."""
    p, i = np.divmod(np.arange(outputs * window.size[axis]), window.size[axis])
    h = p * window.stride[axis] + i * window.dilation[axis] - window.padding[2 * axis]
    inside = (h >= 0) & (h < inputs)
    return p[inside], h[inside], i[inside]


def _channels(filters: int, channels: int, groups: int) -> tuple[Array, Array, Array]:
    """Return all (f, c, w): filter f sees channel c by row w of a weight (F, C/G) that is read as (F C/G,)."""
    f, k = np.divmod(np.arange(filters * (channels // groups)), channels // groups)
    return f, f // (filters // groups) * (channels // groups) + k, np.arange(len(f))


def _dense(layer: Dense, input_shape: Any, output_shape: Any) -> Links:
    units, features = layer.weight.value.shape
    rows = math.prod(input_shape[:-1])
    row, unit = np.divmod(np.arange(rows * units), units)
    each = np.arange(features)
    tables = [_table(np.arange(rows * units), row, unit), _table(0, each, each)]
    return Links(tables, Views((rows * units, 1), (rows, features), (units, features)), "weight", _bias(layer))


def _bias(layer: Any) -> str | None:
    return "bias" if layer.use_bias else None


def _conv2d(layer: Conv2D, input_shape: Any, output_shape: Any) -> Links:
    window, weight = layer.window, layer.values()[0].shape
    tables = [_table(*_channels(layer.filters, input_shape[0], layer.groups))]
    tables += [_table(*_triples(window, axis, input_shape[1 + axis], output_shape[1 + axis])) for axis in (0, 1)]
    views = Views(output_shape, input_shape, (weight[0] * weight[1], *weight[2:]))
    return Links(tables, views, "weight", _bias(layer))


def _conv_transpose2d(layer: ConvTranspose2D, input_shape: Any, output_shape: Any) -> Links:
    window, weight = layer.window, layer.weight.value.shape
    channel, filter_, row = _channels(input_shape[0], output_shape[0], layer.groups)
    tables = [_table(filter_, channel, row)]
    for axis in (0, 1):
        p, h, i = _triples(window, axis, output_shape[1 + axis], input_shape[1 + axis])
        tables.append(_table(h, p, i))
    views = Views(output_shape, input_shape, (weight[0] * weight[1], *weight[2:]))
    return Links(tables, views, "weight", _bias(layer))


def _pool(layer: Any, input_shape: Any, output_shape: Any) -> Links:
    tables = [_same(input_shape[0])]
    is_mean = isinstance(layer, AvgPool2D)
    for axis in (0, 1):
        p, h, _ = _triples(layer.window, axis, input_shape[1 + axis], output_shape[1 + axis])
        inside = np.bincount(p, minlength=output_shape[1 + axis])
        count = layer.window.size[axis] if is_mean and layer.count_include_pad else inside[p]
        tables.append(_table(p, h, 0, 1 / count if is_mean else 1.0))
    return Links(tables, Views(output_shape, input_shape, (1, 1, 1)), only=None if is_mean else "largest")


def _global_pool(layer: Any, input_shape: Any, output_shape: Any) -> Links:
    channels, *image = input_shape
    is_mean = isinstance(layer, GlobalAvgPool2D)
    tables = [_same(channels)]
    tables += [_table(0, np.arange(size), 0, 1 / size if is_mean else 1.0) for size in image]
    ones = (1,) * len(image)
    views = Views((channels, *ones), input_shape, (1, *ones))
    return Links(tables, views, only=None if is_mean else "largest")


def _on_signals(make: Callable[[Any, Any, Any], Links]) -> Callable[[Any, Any, Any], Links]:
    """Return the function for signals (C, L), which are images (C, 1, L), from that for images."""

    def links(layer: Any, input_shape: Any, output_shape: Any) -> Links:
        return make(layer, (input_shape[0], 1, input_shape[1]), (output_shape[0], 1, output_shape[1]))

    return links


def _padding2d(layer: Padding2D, input_shape: Any, output_shape: Any) -> Links:
    top, _, left, _ = layer._sides
    tables = [_same(input_shape[0])]
    tables += [
        _table(np.arange(size) + before, np.arange(size))
        for size, before in zip(input_shape[1:], (top, left), strict=True)
    ]
    return Links(tables, Views(output_shape, input_shape, (1, 1, 1)))


def _upsample2d(layer: Upsample2D, input_shape: Any, output_shape: Any) -> Links:
    tables = [_same(input_shape[0])]
    for size, factor in zip(input_shape[1:], layer._factors, strict=True):
        p = np.arange(size * factor)
        if layer.mode == "nearest":
            tables.append(_table(p, p // factor))
            continue
        u = (p + 0.5) / factor - 0.5
        h = np.floor(u).astype(int)
        t = u - h
        neighbours = np.concatenate([h, h + 1]).clip(0, size - 1)
        tables.append(_table(np.concatenate([p, p]), neighbours, 0, np.concatenate([1 - t, t])))
    return Links(tables, Views(output_shape, input_shape, (1, 1, 1)))


def _by_channel(input_shape: Any, share: Array, shift: Array, epsilon: float | None = None) -> Links:
    channels, length = input_shape[0], math.prod(input_shape[1:])
    each = np.arange(channels)
    weight, bias = (None, None) if epsilon is None else ("weight", "bias")
    tables = [_table(each, each, each if weight else 0, share), _same(length)]
    views = Views((channels, length), (channels, length), (channels if weight else 1, 1))
    return Links(tables, views, weight, bias, shift, epsilon=epsilon)


def _batchnorm(layer: BatchNorm, input_shape: Any, output_shape: Any) -> Links:
    share = 1 / np.sqrt(layer.running_var.astype(np.float64) + layer.epsilon)
    return _by_channel(input_shape, share, layer.running_mean, layer.epsilon)


def _normalization(layer: Normalization, input_shape: Any, output_shape: Any) -> Links:
    return _by_channel(input_shape, 1 / layer.scale.astype(np.float64), layer.mean)


def _moved(layer: Layer, input_shape: Any, output_shape: Any) -> Links:
    return _one_to_one(math.prod(input_shape))


def _permute(layer: Permute, input_shape: Any, output_shape: Any) -> Links:
    size = math.prod(input_shape)
    places = np.arange(size).reshape(input_shape).transpose([axis - 1 for axis in layer.dims])
    return Links([_table(np.arange(size), places.ravel())], Views((size,), (size,), (1,)))


_MADE: dict[type[Layer], Callable[[Any, Any, Any], Links]] = {
    AvgPool1D: _on_signals(_pool),
    AvgPool2D: _pool,
    BatchNorm: _batchnorm,
    Conv1D: _on_signals(_conv2d),
    Conv2D: _conv2d,
    ConvTranspose2D: _conv_transpose2d,
    Dense: _dense,
    Dropout: _moved,
    Flatten: _moved,
    GlobalAvgPool1D: _global_pool,
    GlobalAvgPool2D: _global_pool,
    GlobalMaxPool1D: _global_pool,
    GlobalMaxPool2D: _global_pool,
    MaxPool1D: _on_signals(_pool),
    MaxPool2D: _pool,
    Normalization: _normalization,
    Padding2D: _padding2d,
    Permute: _permute,
    Reshape: _moved,
    Upsample2D: _upsample2d,
}
