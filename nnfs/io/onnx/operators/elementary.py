"""Operators that apply one function of arithmetic to every number: erf, exp, powers, the largest of several, casts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...._kernels import kernels
from ...._kernels.interface import Array
from ...bfloat16 import round_to_bfloat16
from ..graph_size import check_array_size
from ..node import Node
from ..tensors import BFLOAT16, read_dtype
from .arithmetic import broadcast, common_shape


def elementwise(function: Callable[[Array], Array]) -> Callable[[Node, Array], Array]:
    """Return the operator that applies a function of NumPy to every number, in the dtype of its input."""
    return lambda node, x: function(x).astype(x.dtype, copy=False)


def pairwise(function: Callable[[Array, Array], Array]) -> Callable[[Node, Array, Array], Array]:
    """Return the operator that applies a function of NumPy to the numbers of two arrays, broadcast."""
    return lambda node, a, b: function(*broadcast(node, a, b))


def variadic(function: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    """Return the operator that joins one array or more, broadcast, by a function of two arrays, such as the larger."""

    def join(node: Node, first: Array, *others: Array) -> Array:
        for other in others:
            first = function(*broadcast(node, first, other))
        return first

    return join


def erf(node: Node, x: Array) -> Array:
    """Return the error function of x, computed from GELU: erf(x) = 2 gelu(v) / v - 1 at v = sqrt(2) x."""
    v = np.require(np.atleast_1d(x) * math.sqrt(2), np.float64, "C")
    v[v == 0] = 1e-300  # so that v may be divided by; its error function is 0
    y = np.empty_like(v)
    kernels.gelu_forward(v, False, y=y)
    y = np.where(np.isinf(v), np.sign(v), 2 * y / v - 1)
    return y.reshape(x.shape).astype(x.dtype)


def power(node: Node, x: Array, exponent: Array) -> Array:
    """Return x to the power of the exponent, in the dtype of x."""
    x, exponent = broadcast(node, x, exponent)
    if x.dtype.kind in "iu" and exponent.dtype.kind in "iu":
        exponent = np.maximum(exponent, 0)  # NumPy has no negative powers of integers
    return np.power(x, exponent).astype(x.dtype, copy=False)


def cast(node: Node, x: Array) -> Array:
    """Return x in the dtype of the node's attribute ``to``; bfloat16 is float32 with fewer digits."""
    code: Any = node.attributes["to"]
    dtype, _ = read_dtype(code, "attribute to")
    y = x.astype(dtype, copy=False)
    return round_to_bfloat16(y) if code == BFLOAT16 else y


def where(node: Node, condition: Array, x: Array, y: Array) -> Array:
    """Return x where the condition is true, else y, broadcast."""
    shape = common_shape(condition.shape, common_shape(x.shape, y.shape))
    check_array_size(shape, x.dtype)
    return np.where(condition, x, y)


def modulo(node: Node, a: Array, b: Array) -> Array:
    """Return the remainder of a / b, with the sign of b, or with fmod=1 that of a."""
    return (np.fmod if node.attributes["fmod"] else np.mod)(*broadcast(node, a, b))
