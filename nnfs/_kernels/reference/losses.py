"""Losses with their gradients in NumPy, a test that all elements are finite, and the filling of a vector."""

from __future__ import annotations

import numpy as np

from ..interface import Array


def softmax_cross_entropy(logits: Array, labels: Array, *, dlogits: Array) -> float:
    n, classes = logits.shape
    rows = np.arange(n)
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(f"labels[{first}] must be from 0 to {classes - 1}, got {labels[first]}")
    # Subtracting a row's largest logit keeps exp from overflowing and does not change softmax.
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    totals = exponentials.sum(axis=1, keepdims=True)
    # Where one class is nearly sure, float32 would round away all others in the sum.
    losses = np.log(exponentials.sum(axis=1, dtype=np.float64)) - shifted[rows, labels]
    dlogits[...] = exponentials / totals
    dlogits[rows, labels] -= 1
    dlogits /= n
    return float(losses.mean(dtype=np.float64))


def mean_squared_error(y: Array, targets: Array, *, dy: Array) -> float:
    difference = y - targets
    np.multiply(difference, 2 / difference.size, out=dy)
    return float(np.square(difference).mean(dtype=np.float64))


def all_finite(x: Array) -> bool:
    return bool(np.isfinite(x).all())


def fill(value: Array, *, out: Array) -> None:
    out[...] = value
