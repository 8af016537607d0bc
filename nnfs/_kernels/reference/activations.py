"""Activations in NumPy: ReLU, GELU, SiLU, ELU and softplus, forward and backward."""

from __future__ import annotations

import math

import numpy as np

from ..interface import Array

erfc = np.vectorize(math.erfc, otypes=[np.float64])  # NumPy has no erfc; one Python call a number is slow, but exact


def relu_forward(x: Array, slope: float, *, y: Array) -> None:
    y[...] = np.where(x <= 0, _leak(x, slope), x)


def relu_backward(dy: Array, y: Array, slope: float, *, dx: Array) -> None:
    dx[...] = np.where(y <= 0, _leak(dy, slope), dy)


def _leak(x: Array, slope: float) -> Array | float:
    """Return slope x; but return 0 if slope is 0 in the dtype of x, since 0 times infinity would be NaN."""
    return slope * x if x.dtype.type(slope) else 0.0


def gelu_forward(x: Array, approximate: bool, *, y: Array) -> None:
    y[...] = x * (_sigmoid(2 * _gelu_tanh_argument(x)) if approximate else _normal_distribution(x))


def gelu_backward(dy: Array, x: Array, approximate: bool, *, dx: Array) -> None:
    if approximate:
        phi = _sigmoid(2 * _gelu_tanh_argument(x))
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
        density = 2 * phi * (1 - phi) * slope
    else:
        phi = _normal_distribution(x)
        density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    dx[...] = dy * (phi + x * density)


def silu_forward(x: Array, *, y: Array) -> None:
    y[...] = x * _sigmoid(x)


def silu_backward(dy: Array, x: Array, *, dx: Array) -> None:
    s = _sigmoid(x)
    dx[...] = dy * s * (1 + x * (1 - s))


def elu_forward(x: Array, alpha: float, *, y: Array) -> None:
    y[...] = np.where(x <= 0, alpha * np.expm1(np.minimum(x, 0)), x)


def elu_backward(dy: Array, y: Array, alpha: float, *, dx: Array) -> None:
    dx[...] = np.where(y <= 0, dy * (y + alpha), dy)


def softplus_forward(x: Array, beta: float, *, y: Array) -> None:
    y[...] = np.maximum(x, 0) + np.log1p(np.exp(-abs(beta * x))) / beta


def softplus_backward(dy: Array, x: Array, beta: float, *, dx: Array) -> None:
    dx[...] = dy * _sigmoid(beta * x)


def _sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), computed with exp(-|x|), which cannot overflow."""
    e = np.exp(-abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def _normal_distribution(x: Array) -> Array:
    """Return Phi(x) = erfc(-x / sqrt(2)) / 2, the probability that a standard normal number is below x."""
    return (erfc(x / -math.sqrt(2)) / 2).astype(x.dtype)


def _gelu_tanh_argument(x: Array) -> Array:
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
