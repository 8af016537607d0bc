"""Operators for sums, differences, products and quotients of arrays, and for matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ....arguments.shapes import Shape
from ....errors import FormatError
from ..graph_size import check_array_size
from ..node import Node
from .axes import as_axis


def add(node: Node, a: Array, b: Array) -> Array:
    """Return a + b, broadcast."""
    return np.add(*broadcast(node, a, b))


def mul(node: Node, a: Array, b: Array) -> Array:
    """Return a b, element by element and broadcast."""
    return np.multiply(*broadcast(node, a, b))


def sub(node: Node, a: Array, b: Array) -> Array:
    """Return a - b, broadcast."""
    return np.subtract(*broadcast(node, a, b))


def div(node: Node, a: Array, b: Array) -> Array:
    """Return a / b, broadcast; a quotient of integers is rounded towards 0."""
    a, b = broadcast(node, a, b)
    if a.dtype.kind == "f":
        return np.divide(a, b)
    quotient = np.floor_divide(a, b)
    return quotient + ((quotient < 0) & (quotient * b != a))


def matmul(node: Node, a: Array, b: Array) -> Array:
    """Return the matrix product of the last two axes; all other axes are broadcast."""
    if not a.ndim or not b.ndim:
        raise FormatError(f"inputs A, B: got shapes {a.shape} and {b.shape}, wanted at least one axis")
    rows, columns = a.shape[-2:-1], b.shape[-1:] if b.ndim > 1 else ()
    if a.shape[-1] != b.shape[0 if b.ndim == 1 else -2]:
        raise FormatError(f"inputs A, B: got shapes {a.shape} and {b.shape}, which cannot be multiplied")
    check_array_size((*common_shape(a.shape[:-2], b.shape[:-2]), *rows, *columns), a.dtype)
    return np.matmul(a, b)


def gemm(node: Node, a: Array, b: Array, c: Array | None = None) -> Array:
    """Return alpha A B + beta C, with C broadcast; the node's attributes transA and transB transpose A and B first."""
    if a.ndim != 2 or b.ndim != 2:
        raise FormatError(f"inputs A, B: got shapes {a.shape} and {b.shape}, wanted two axes each")
    a = a.T if node.attributes["transA"] else a
    b = b.T if node.attributes["transB"] else b
    if a.shape[1] != b.shape[0]:
        raise FormatError(f"inputs A, B: got {a.shape} and {b.shape}, which cannot be multiplied")
    shape = a.shape[0], b.shape[1]
    check_array_size(shape, a.dtype)
    y = _scale(np.matmul(a, b), node.attributes["alpha"])
    if c is None:
        return y
    if common_shape(shape, c.shape) != shape or (node.version < 7 and not _maybroadcast(node) and c.shape != shape):
        raise FormatError(f"input C: got shape {c.shape}, wanted one that broadcasts to {shape}")
    return y + _scale(c, node.attributes["beta"])


def gemm_terms(node: Node, b: Array, c: Array | None) -> tuple[Array, Array | None]:
    """Return alpha B and beta C for a Gemm node: its weight, transposed if the node says transB, and its bias."""
    attributes = node.attributes
    weight = _scale(b.T if attributes["transB"] else b, attributes["alpha"])
    return weight, None if c is None else _scale(c, attributes["beta"])


def _scale(array: Array, factor: float) -> Array:
    # The factor is a float, also for an array of integers.
    return array if factor == 1 else (array * factor).astype(array.dtype, copy=False)


def broadcast(node: Node, a: Array, b: Array) -> tuple[Array, Array]:
    """Return both arrays, reshaped so that NumPy broadcasts them as ONNX wants it; raise FormatError if they do not."""
    if node.version < 7 and a.shape != b.shape:
        b = _broadcast_by_axis(node, a, b)
    shape = common_shape(a.shape, b.shape)
    check_array_size(shape, a.dtype)
    return a, b


def _broadcast_by_axis(node: Node, a: Array, b: Array) -> Array:
    """Return b with axes of size 1 at the end: before opset 7, its axes match those of a from ``axis`` on."""
    if not _maybroadcast(node):
        raise FormatError(f"inputs A, B: got shapes {a.shape} and {b.shape}, wanted equal ones without broadcast=1")
    rank = a.ndim - b.ndim
    if rank < 0:
        raise FormatError(f"input B: got rank {b.ndim}, wanted at most {a.ndim}, that of A")
    axis: Any = node.attributes.get("axis")
    start = rank if axis is None else as_axis(axis, a.ndim, end=True)
    stop = start + b.ndim
    if stop > a.ndim or any(size not in (1, wanted) for size, wanted in zip(b.shape, a.shape[start:stop], strict=True)):
        raise FormatError(f"attribute axis: got {start}, where B of shape {b.shape} does not fit A of {a.shape}")
    return b.reshape((*b.shape, *(1,) * (a.ndim - stop)))


def _maybroadcast(node: Node) -> bool:
    return bool(node.attributes["broadcast"])


def common_shape(a: Shape, b: Shape) -> Shape:
    """Return the shape that two shapes broadcast to; raise FormatError if they do not.

    NumPy's function is not used, because it fails for sizes beyond 32 bits.
    """
    rank = max(len(a), len(b))
    sizes = []
    for left, right in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True):
        if left != right and 1 not in (left, right):
            raise FormatError(f"inputs: got shapes {a} and {b}, which do not broadcast")
        sizes.append(right if left == 1 else left)
    return tuple(sizes)
