"""Operators that take parts of arrays: gather, slice and split."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ....arguments.shapes import Shape
from ....errors import FormatError
from ..graph_size import check_array_size
from ..node import Node
from .axes import as_axes, as_axis


def gather(node: Node, x: Array, indices: Array) -> Array:
    """Return the entries of x at the indices along the node's attribute ``axis``; negative ones count from the end."""
    axis = as_axis(node.attributes["axis"], x.ndim)
    size = x.shape[axis]
    if indices.size and not -size <= int(indices.min()) <= int(indices.max()) < size:
        raise FormatError(f"input indices: got {indices.min()} to {indices.max()}, wanted {-size} to {size - 1}")
    check_array_size((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
    return np.take(x, indices, axis)


def slice_(
    node: Node,
    x: Array,
    starts: Array | None = None,
    ends: Array | None = None,
    axes: Array | None = None,
    steps: Array | None = None,
) -> Array:
    """Return a part of x: for each of some axes, from a start to before an end in steps."""
    return x[slices(node, x.shape, starts, ends, axes, steps)]


def slices(
    node: Node, shape: Shape, starts: Array | None, ends: Array | None, axes: Array | None, steps: Array | None
) -> tuple[slice, ...]:
    """Return a slice for each axis of an array of ``shape``.

    Starts, ends and axes are inputs; before opset 10 they are attributes.
    """
    first, last, places = (
        np.asarray(node.attributes.get(name, default)) if node.version < 10 else given
        for name, given, default in (("starts", starts, 0), ("ends", ends, 0), ("axes", axes, None))
    )
    assert first is not None
    assert last is not None
    order = range(first.size) if places is None or places.dtype == object else as_axes(places, len(shape))
    strides = np.ones(first.size, np.int64) if steps is None else steps
    if not first.shape == last.shape == strides.shape == (len(order),) or len(order) > len(shape):
        raise FormatError(f"inputs starts, ends, axes, steps: wanted rows of one length for {len(shape)} axes")
    if not strides.all():
        raise FormatError("input steps: got 0, wanted other numbers")
    found = [slice(None)] * len(shape)
    for axis, start, end, step in zip(order, first.tolist(), last.tolist(), strides.tolist(), strict=True):
        found[axis] = _slice(shape[axis], start, end, step)
    return tuple(found)


def _slice(size: int, start: int, end: int, step: int) -> slice:
    """Return Python's slice for ONNX's: what reaches beyond the array is cut, also at its front by a negative step."""
    start, end = (place + size if place < 0 else place for place in (start, end))
    if step > 0:
        return slice(min(max(start, 0), size), min(max(end, 0), size), step)
    stop = min(max(end, -1), size - 1)
    return slice(min(max(start, 0), max(size - 1, 0)), None if stop < 0 else stop, step)


def split(node: Node, x: Array, sizes: Array | None = None) -> tuple[Array, ...]:
    """Return x cut along the node's attribute ``axis`` into as many parts as the node has outputs."""
    axis, parts = as_axis(node.attributes["axis"], x.ndim), len(node.outputs)
    given: Any = node.attributes.get("split") if sizes is None else sizes.reshape(-1).tolist()
    if given is None:
        longest = -(-x.shape[axis] // parts)
        given = [max(min(longest, x.shape[axis] - longest * index), 0) for index in range(parts)]
    if len(given) != parts or min(given) < 0 or sum(given) != x.shape[axis]:
        raise FormatError(f"input split: got {len(given)} sizes for {parts} outputs, wanted the sum {x.shape[axis]}")
    return tuple(np.split(x, np.cumsum(given)[:-1], axis))
