"""Operators that compute with the shapes of arrays, or change them by axes of size 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ....arguments.shapes import Shape
from ....errors import FormatError
from ...header import LARGEST_RANK
from ...strict_json import short
from ..graph_size import check_array_size
from ..node import Node
from .arithmetic import common_shape
from .axes import as_axes


def shape(node: Node, x: Array) -> Array:
    """Return the shape of x as a row of integers, from the attribute ``start`` to ``end``."""
    return np.array(x.shape[node.attributes.get("start", 0) : node.attributes.get("end")], np.int64)


def size(node: Node, x: Array) -> Array:
    """Return how many numbers x has."""
    return np.array(x.size, np.int64)


def squeeze(node: Node, x: Array, axes: Array | None = None) -> Array:
    """Return x without the given axes, all of size 1, or without all that are of size 1."""
    return x.reshape(squeezed(node, x.shape, axes))


def squeezed(node: Node, shape: Shape, axes: Array | None) -> Shape:
    """Return the shape that Squeeze gives to an array of ``shape``."""
    given: Any = node.attributes.get("axes") if axes is None else axes
    dropped = [index for index, size in enumerate(shape) if size == 1] if given is None else as_axes(given, len(shape))
    if any(shape[axis] != 1 for axis in dropped):
        raise FormatError(f"axes: got {short(tuple(dropped))} for shape {shape}, wanted axes of size 1")
    return tuple(size for index, size in enumerate(shape) if index not in dropped)


def unsqueeze(node: Node, x: Array, axes: Array | None = None) -> Array:
    """Return x with axes of size 1 at the given places of the result."""
    return x.reshape(unsqueezed(node, x.shape, axes))


def unsqueezed(node: Node, shape: Shape, axes: Array | None) -> Shape:
    """Return the shape that Unsqueeze gives to an array of ``shape``."""
    given: Any = node.attributes["axes"] if axes is None else axes
    rank = len(shape) + np.asarray(given).size
    if rank > LARGEST_RANK:
        raise FormatError(f"axes: got {rank - len(shape)} for shape {shape}, wanted at most {LARGEST_RANK} axes in all")
    places, old = as_axes(given, rank), iter(shape)
    return tuple(1 if index in places else next(old) for index in range(rank))


def expand(node: Node, x: Array, wanted: Array) -> Array:
    """Return x broadcast together with the wanted shape."""
    sizes = common_shape(x.shape, _sizes(wanted))
    check_array_size(sizes, x.dtype)
    return np.broadcast_to(x, sizes)


def tile(node: Node, x: Array, repeats: Array) -> Array:
    """Return x repeated along each of its axes."""
    times = _sizes(repeats)
    if len(times) != x.ndim:
        raise FormatError(f"input repeats: got {len(times)} numbers, wanted one for each axis of {x.shape}")
    check_array_size(tuple(size * time for size, time in zip(x.shape, times, strict=True)), x.dtype)
    return np.tile(x, times)


def constant_of_shape(node: Node, wanted: Array) -> Array:
    """Return an array of the wanted shape, filled with the only number of the attribute ``value``, by default 0.0."""
    value: Any = node.attributes.get("value", np.zeros(1, np.float32))
    if value.size != 1:
        raise FormatError(f"attribute value: got shape {value.shape}, wanted one number")
    sizes = _sizes(wanted)
    check_array_size(sizes, value.dtype)
    return np.full(sizes, value.reshape(()))


def number_range(node: Node, start: Array, limit: Array, delta: Array) -> Array:
    """Return the numbers from start to before limit in steps of delta."""
    if start.size != 1 or limit.size != 1 or delta.size != 1 or not delta.any():
        raise FormatError("inputs start, limit, delta: wanted one number each, and a delta that is not 0")
    first, step = start.reshape(()), delta.reshape(())
    steps = (float(limit.reshape(())) - float(first)) / float(step)
    if not math.isfinite(steps):
        raise FormatError("inputs start, limit, delta: wanted finite numbers")
    count = max(math.ceil(steps), 0)
    check_array_size((count,), np.dtype(np.int64))
    return (first + np.arange(count).astype(start.dtype) * step).astype(start.dtype)


def _sizes(array: Array) -> Shape:
    if array.ndim != 1 or array.size > LARGEST_RANK or (array < 0).any():
        raise FormatError(f"input shape: got {short(array.tolist())}, wanted a row of a few sizes from 0 on")
    return tuple(array.tolist())
