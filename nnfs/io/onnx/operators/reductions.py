"""Operators that sum, average or take the largest of the numbers along some axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ..graph_size import check_array_size
from ..node import Node
from .axes import as_axes


def reduction(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return the operator that reduces an array along its axes by a function that takes axis and keepdims."""

    def reduce(node: Node, x: Array, axes: Array | None = None) -> Array:
        wanted = reduced_axes(node, x.ndim, axes)
        if wanted is None:
            return x
        check_array_size(tuple(size for axis, size in enumerate(x.shape) if axis not in wanted), x.dtype)
        wide = x.astype(np.float32) if x.dtype == np.float16 else x
        y = function(wide, axis=wanted, keepdims=bool(node.attributes["keepdims"]))
        return np.asarray(y).astype(x.dtype, copy=False)

    return reduce


def mean(x: Array, *, axis: tuple[int, ...], keepdims: bool) -> Array:
    """Return the mean along the axes; that of no numbers is NaN."""
    count = math.prod(x.shape[each] for each in axis)
    return np.sum(x, axis=axis, keepdims=keepdims) / x.dtype.type(count)


def largest(x: Array, **where: Any) -> Array:
    """Return the largest number along the axes; that of no numbers is the smallest number of the dtype."""
    return np.max(x, initial=_bounds(x.dtype)[0], **where)


def smallest(x: Array, **where: Any) -> Array:
    """Return the smallest number along the axes; that of no numbers is the largest number of the dtype."""
    return np.min(x, initial=_bounds(x.dtype)[1], **where)


def _bounds(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "f":
        return -math.inf, math.inf
    return (False, True) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)


def reduced_axes(node: Node, rank: int, axes: Array | None) -> tuple[int, ...] | None:
    """Return the axes that a node reduces, counted from 0, or None if it changes nothing.

    They are an input; in older opsets they are an attribute. Without any, all axes are reduced, unless
    noop_with_empty_axes is set.
    """
    given: Any = node.attributes.get("axes") if axes is None else axes
    if given is None or not len(given):
        return None if node.attributes.get("noop_with_empty_axes") else tuple(range(rank))
    return as_axes(given, rank)


def root_of_squares(x: Array, **where: Any) -> Array:
    """Return sqrt(sum of x**2), the Euclidean length."""
    return np.sqrt(np.sum(np.square(x), **where))
