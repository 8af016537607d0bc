"""Batch and layer normalization in NumPy, forward and backward."""

from __future__ import annotations

import numpy as np

from ..interface import Array


def batchnorm_forward(
    x: Array, weight: Array, bias: Array, epsilon: float, *, y: Array, mean: Array, variance: Array
) -> None:
    if not len(x):
        return
    mean[...] = x.mean(axis=(0, 2), dtype=np.float64)
    variance[...] = np.square(x - mean[:, None]).mean(axis=(0, 2), dtype=np.float64)
    batchnorm_apply(x, mean, variance, weight, bias, epsilon, y=y)


def batchnorm_apply(
    x: Array, mean: Array, variance: Array, weight: Array, bias: Array, epsilon: float, *, y: Array
) -> None:
    scale = weight / _deviation(variance, epsilon)
    y[...] = (x - mean[:, None]) * scale[:, None] + bias[:, None]


def batchnorm_backward(
    dy: Array,
    x: Array,
    mean: Array,
    variance: Array,
    weight: Array,
    epsilon: float,
    *,
    dweight: Array,
    dbias: Array,
    dx: Array | None,
) -> None:
    if not len(x):
        return
    s = 1 / _deviation(variance, epsilon)
    z = (x - mean[:, None]) * s[:, None]
    b, w = dy.sum(axis=(0, 2)), (dy * z).sum(axis=(0, 2))
    dbias += b
    dweight += w
    if dx is not None:
        count = x.shape[0] * x.shape[2]
        dx[...] = (weight * s)[:, None] * (dy - (b[:, None] + z * w[:, None]) / count)


def layernorm_forward(
    x: Array, weight: Array, bias: Array, epsilon: float, *, y: Array, mean: Array, scale: Array
) -> None:
    mean[...] = x.mean(axis=1, dtype=np.float64)
    variance = np.square(x - mean[:, None]).mean(axis=1, dtype=np.float64)
    scale[...] = 1 / _deviation(variance, epsilon)
    y[...] = weight * ((x - mean[:, None]) * scale[:, None]) + bias


def layernorm_backward(
    dy: Array, x: Array, mean: Array, scale: Array, weight: Array, *, dweight: Array, dbias: Array, dx: Array | None
) -> None:
    z, g = (x - mean[:, None]) * scale[:, None], dy * weight
    dweight += (dy * z).sum(axis=0)
    dbias += dy.sum(axis=0)
    if dx is not None:
        sums = g.sum(axis=1, keepdims=True) + z * (g * z).sum(axis=1, keepdims=True)
        dx[...] = scale[:, None] * (g - sums / x.shape[1])


def _deviation(variance: Array, epsilon: float) -> Array:
    """Return sqrt(variance + epsilon), or NaN if the variance is infinite: dividing by infinity would hide it as 0."""
    return np.where(variance < np.inf, np.sqrt(variance + epsilon), np.nan)
