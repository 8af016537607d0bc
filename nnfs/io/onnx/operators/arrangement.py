"""Operators that move numbers without a change: reshape, transpose, concat, pad and others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ....arguments.shapes import Shape
from ....errors import FormatError, UnsupportedError
from ...header import LARGEST_RANK
from ...strict_json import short
from ..graph_size import check_array_size
from ..node import Node
from .axes import as_axis

MODES = ("constant", "reflect", "edge", "wrap")


def identity(node: Node, x: Array) -> Array:
    """Return x itself."""
    return x


def constant(node: Node) -> Array:
    """Return the value of the node's only value attribute as an array."""
    given = [name for name in node.attributes if name.startswith("value")]
    if len(given) != 1:
        raise FormatError(f"attributes: got {', '.join(given) or 'none'}, wanted one value")
    value: Any = node.attributes[given[0]]
    if given == ["value"]:
        return value
    if given == ["value_string"]:
        raise UnsupportedError("attribute value_string: got a text, and nnfs has arrays of numbers")
    return np.array(value, np.float32 if "float" in given[0] else np.int64)


def flatten(node: Node, x: Array) -> Array:
    """Return x as a matrix: the axes before the node's attribute ``axis`` become rows, the others columns."""
    axis = as_axis(node.attributes["axis"], x.ndim, end=True)
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


def reshape(node: Node, x: Array, shape: Array | None = None) -> Array:
    """Return x in another shape, which `reshaped` computes."""
    sizes = reshaped(x.shape, *reshape_target(node, shape))
    check_array_size(sizes, x.dtype)  # an array with an axis of size 0 may have any other sizes
    return x.reshape(sizes)


def reshape_target(node: Node, shape: Array | None) -> tuple[Shape, bool]:
    """Return the wanted shape of Reshape, and whether a size of 0 in it means 0 (allowzero).

    The shape is an input; before opset 5 it is an attribute.
    """
    if node.version >= 5:
        assert shape is not None
        return _integers(shape, "shape"), bool(node.attributes.get("allowzero"))
    if "shape" not in node.attributes:
        raise FormatError("attribute shape: is missing")
    return node.attributes["shape"], False


def reshaped(shape: Shape, wanted: Shape, allow_zero: bool = False) -> Shape:
    """Return the shape that ``wanted`` means for an array of ``shape``.

    A -1 is the size that is left. A 0 is the size of this axis in ``shape``, unless ``allow_zero``. Raises FormatError
    when the number of elements would change.
    """
    if len(wanted) > LARGEST_RANK or min(wanted, default=0) < -1 or wanted.count(-1) > 1:
        raise FormatError(f"shape: got {short(wanted)}, wanted sizes, of which one may be -1")
    if allow_zero and -1 in wanted and 0 in wanted:
        raise FormatError(f"shape: got {short(wanted)}, where -1 may stand for any size, because allowzero is 1")
    copied = [] if allow_zero else [index for index, size in enumerate(wanted) if size == 0]
    if copied and copied[-1] >= len(shape):
        raise FormatError(f"shape: got 0 at place {copied[-1]}, but the input has shape {shape}")
    # Copied sizes may be 0, so they are left out of the products.
    count = math.prod(size for index, size in enumerate(shape) if index not in copied)
    known = math.prod(size for index, size in enumerate(wanted) if index not in copied and size != -1)
    left = count // known if known else 0
    sizes = tuple(
        shape[index] if index in copied else left if size == -1 else size for index, size in enumerate(wanted)
    )
    if known * (left if -1 in wanted else 1) != count:
        raise FormatError(f"shape: got {short(wanted)}, but the input has shape {shape}")
    return sizes


def transpose(node: Node, x: Array) -> Array:
    """Return x with its axes in the order of the node's attribute ``perm``, by default in reverse order."""
    order = node.attributes.get("perm", tuple(range(x.ndim))[::-1])
    if sorted(order) != list(range(x.ndim)):
        raise FormatError(f"attribute perm: got {short(order)}, wanted the axes 0 to {x.ndim - 1} in any order")
    return x.transpose(order)


def concat(node: Node, *arrays: Array) -> Array:
    """Return the arrays joined along the node's attribute ``axis``."""
    first = arrays[0]
    axis = as_axis(node.attributes.get("axis", 1), first.ndim)
    for array in arrays:
        if array.ndim != first.ndim or _without(array.shape, axis) != _without(first.shape, axis):
            raise FormatError(
                f"inputs: got shapes {first.shape} and {array.shape}, wanted equal ones except for axis {axis}"
            )
    size = sum(array.shape[axis] for array in arrays)
    check_array_size((*first.shape[:axis], size, *first.shape[axis + 1 :]), first.dtype)
    return np.concatenate(arrays, axis)


def pad(
    node: Node, x: Array, pads: Array | None = None, value: Array | None = None, axes: Array | None = None
) -> Array:
    """Return x with a border; ``pads`` holds the sizes before all axes, then those after; negative ones cut.

    The border is one number (constant), or x reflected, its edge repeated (edge), or its opposite side (wrap).
    """
    sides, fill = border(node, x.shape, pads, axes), _fill(node, x, value)
    check_array_size(tuple(max(a, 0) + size + max(b, 0) for size, (a, b) in zip(x.shape, sides, strict=True)), x.dtype)
    x = x[tuple(slice(max(-a, 0), size + min(b, 0)) for size, (a, b) in zip(x.shape, sides, strict=True))]
    added = [(max(a, 0), max(b, 0)) for a, b in sides]
    mode = node.attributes["mode"]
    if mode not in MODES:
        raise UnsupportedError(f"attribute mode: got {short(mode)}, wanted one of {', '.join(MODES)}")
    if mode == "constant":
        return np.pad(x, added, constant_values=fill)
    if any(not size and max(both) for size, both in zip(x.shape, added, strict=True)):
        raise FormatError(f"pads: got {short(added)}, but shape {x.shape} has an axis of nothing to take numbers from")
    return np.pad(x, added, mode)


def border(node: Node, shape: Shape, pads: Array | None, axes: Array | None) -> list[tuple[int, int]]:
    """Return the sizes (before, after) that `pad` adds to each axis of ``shape``; negative sizes cut.

    They are an input, for the axes in ``axes`` or for all; before opset 11 they are an attribute.
    """
    rank = len(shape)
    if node.version < 11:
        wanted: Shape = node.attributes["paddings" if node.version < 2 else "pads"]
    else:
        assert pads is not None
        wanted = _integers(pads, "pads")
    order = range(rank) if axes is None else [as_axis(axis, rank, "input axes") for axis in _integers(axes, "axes")]
    if len(set(order)) != len(order):
        raise FormatError(f"input axes: got {short(tuple(order))}, wanted each axis once")
    if len(wanted) != 2 * len(order):
        raise FormatError(f"pads: got {len(wanted)} numbers, wanted {2 * len(order)}, two for each axis")
    sides = [(0, 0)] * rank
    for axis, begin, end in zip(order, wanted, wanted[len(order) :], strict=False):
        sides[axis] = begin, end
        if begin + shape[axis] + end < 0 or min(begin, end) < -shape[axis]:
            raise FormatError(f"pads: got {begin} and {end} for axis {axis}, which has only {shape[axis]}")
    return sides


def _fill(node: Node, x: Array, value: Array | None) -> Array:
    """Return the number of a constant border as an array of shape (); 0 by default."""
    if node.version < 11:
        return np.asarray(node.attributes["value"]).astype(x.dtype)
    if value is None:
        return np.zeros((), x.dtype)
    if value.size != 1:
        raise FormatError(f"input constant_value: got shape {value.shape}, wanted one number")
    return value.reshape(())


def _integers(array: Array, name: str) -> Shape:
    if array.ndim != 1 or array.size > 2 * LARGEST_RANK:
        raise FormatError(f"input {name}: got shape {array.shape}, wanted a row of a few numbers")
    return tuple(array.tolist())


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def depth_to_space(node: Node, x: Array) -> Array:
    """Return images whose blocks of pixels are the channels that lay behind one another, as PixelShuffle makes them."""
    split, order, joined = blocks(node, x.shape[1:])
    return x.reshape(len(x), *split).transpose(0, *order).reshape(len(x), *joined)


space_to_depth = depth_to_space
"""The operator whose channels are the pixels of blocks; `blocks` knows both."""


def blocks(node: Node, shape: Shape) -> tuple[Shape, tuple[int, ...], Shape]:
    """Return how ``DepthToSpace`` and ``SpaceToDepth`` move the numbers of samples (C, H, W).

    They are read as a shape of five axes, these are put in another order, counted from 1, and then read as a new shape.
    """
    size = node.attributes["blocksize"]
    if len(shape) != 3 or size < 1:
        raise FormatError(f"attribute blocksize: got {size} for samples of shape {shape}, wanted images")
    channels, rows, columns = shape
    is_channel_first = node.attributes.get("mode", "DCR") == "CRD"
    if node.operator == "SpaceToDepth":
        if rows % size or columns % size:
            raise FormatError(
                f"attribute blocksize: got {size}, wanted a divisor of rows and columns {rows}, {columns}"
            )
        split = (channels, rows // size, size, columns // size, size)
        order = (1, 3, 5, 2, 4) if is_channel_first else (3, 5, 1, 2, 4)
        return split, order, (channels * size * size, rows // size, columns // size)
    if channels % size**2:
        raise FormatError(f"attribute blocksize: got {size}, whose square does not divide the {channels} channels")
    depth, joined = channels // size**2, (channels // size**2, rows * size, columns * size)
    if is_channel_first:
        return (depth, size, size, rows, columns), (1, 4, 2, 5, 3), joined
    return (size, size, depth, rows, columns), (3, 4, 1, 5, 2), joined
