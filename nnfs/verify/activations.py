"""Cases of the kernels of activations with exponentials, of dropout and of noise.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from .._kernels.reference import kernels as reference
from .case import Case
from .dense import any_shape
from .draw import Draw


def _forward(draw: Draw, name: str, *arguments: Any) -> Case:
    """Return a case of an activation y = f(x). Allowed: a few rounding errors of numbers as large as 1 + abs(x)."""
    x = draw.numbers(*any_shape(draw))
    case = Case(name, draw, (x, *arguments), {"y": draw.unset(*x.shape)}).expect_float64()
    case.allowed["y"] = 16 * np.finfo(draw.dtype).eps * (1 + abs(x.astype(np.float64)))
    return case


def _backward(draw: Draw, name: str, *arguments: Any) -> Case:
    """Return a case of dx = dy f'(x). Allowed: a few rounding errors of numbers as large as abs(dy) (1 + abs(x))."""
    shape = any_shape(draw)
    x, dy = draw.numbers(*shape), draw.plain(*shape)
    case = Case(name, draw, (dy, x, *arguments), {"dx": draw.unset(*shape)}).expect_float64()
    case.allowed["dx"] = 32 * np.finfo(draw.dtype).eps * abs(dy.astype(np.float64)) * (1 + abs(x.astype(np.float64)))

    def function(x: Array) -> float:
        y = np.empty(shape)
        getattr(reference, name.replace("backward", "forward"))(x, *arguments, y=y)
        return float(np.vdot(dy, y))

    return case.expect_slope("dx", function, x, step=1e-4, tolerance=1e-8)


def gelu_forward(draw: Draw) -> Case:
    return _forward(draw, "gelu_forward", bool(draw.integer(0, 1)))


def gelu_backward(draw: Draw) -> Case:
    return _backward(draw, "gelu_backward", bool(draw.integer(0, 1)))


def silu_forward(draw: Draw) -> Case:
    return _forward(draw, "silu_forward")


def silu_backward(draw: Draw) -> Case:
    return _backward(draw, "silu_backward")


def elu_forward(draw: Draw) -> Case:
    return _forward(draw, "elu_forward", draw.rng.uniform(0.5, 2))


def elu_backward(draw: Draw) -> Case:
    # The kernel takes y, not x: it rounds one sum and one product.
    shape, alpha = any_shape(draw), draw.rng.uniform(0.5, 2)
    y, dy = np.maximum(draw.numbers(*shape), draw.dtype.type(-alpha)), draw.plain(*shape)
    case = Case("elu_backward", draw, (dy, y, alpha), {"dx": draw.unset(*shape)}).expect_float64()
    case.allowed["dx"] = 8 * np.finfo(draw.dtype).eps * abs(dy.astype(np.float64)) * (alpha + abs(y))
    return case


def softplus_forward(draw: Draw) -> Case:
    return _forward(draw, "softplus_forward", draw.rng.uniform(0.5, 2))


def softplus_backward(draw: Draw) -> Case:
    return _backward(draw, "softplus_backward", draw.rng.uniform(0.5, 2))


def dropout(draw: Draw) -> Case:
    x, key = draw.numbers(*any_shape(draw)), int(draw.rng.integers(2**64, dtype=np.uint64))
    return Case("dropout", draw, (x, key, draw.rng.uniform(0, 0.99)), {"y": draw.unset(*x.shape)}).expect_equal()


def add_noise(draw: Draw) -> Case:
    # Noise is a normal number below 6.7, made by a logarithm, a root and a cosine.
    x, key = draw.numbers(*any_shape(draw)), int(draw.rng.integers(2**64, dtype=np.uint64))
    deviation = draw.rng.uniform(0, 2)
    case = Case("add_noise", draw, (x, key, deviation), {"y": draw.unset(*x.shape)}).expect_float64()
    case.allowed["y"] = 8 * np.finfo(draw.dtype).eps * (7 * deviation + abs(x.astype(np.float64)))
    return case
