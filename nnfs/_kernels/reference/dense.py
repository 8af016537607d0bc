"""Dense layers in NumPy: the output and the gradients of input, weights and bias."""

from __future__ import annotations

import numpy as np

from ..interface import Array


def dense_forward(x: Array, weight: Array, bias: Array | None, *, y: Array) -> None:
    np.matmul(x, weight.T, out=y)
    if bias is not None:
        y += bias


def dense_backward_input(dy: Array, weight: Array, *, dx: Array) -> None:
    np.matmul(dy, weight, out=dx)


def dense_backward_params(x: Array, dy: Array, *, dweight: Array, dbias: Array | None) -> None:
    dweight += dy.T @ x
    if dbias is not None:
        dbias += dy.sum(axis=0)
