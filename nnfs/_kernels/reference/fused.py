"""Fused kernels in NumPy: each calls the kernels of its layers in turn, and so computes exactly what they compute."""

from __future__ import annotations

import numpy as np

from ..interface import Array, Window
from .activations import relu_backward, relu_forward
from .dense import dense_backward_input, dense_backward_params, dense_forward
from .windows import (
    conv2d_backward_input,
    conv2d_backward_params,
    conv2d_forward,
    maxpool2d_backward,
    maxpool2d_forward,
)


def conv2d_relu_forward(x: Array, weight: Array, bias: Array | None, window: Window, slope: float, *, y: Array) -> None:
    conv2d_forward(x, weight, bias, window, y=y)
    relu_forward(y, slope, y=y)


def conv2d_relu_backward(
    dy: Array,
    x: Array,
    weight: Array,
    y: Array,
    window: Window,
    slope: float,
    *,
    dweight: Array,
    dbias: Array | None,
    dx: Array | None,
) -> None:
    gradient = np.empty_like(dy)
    relu_backward(dy, y, slope, dx=gradient)
    conv2d_backward_params(x, gradient, window, dweight=dweight, dbias=dbias)
    if dx is not None:
        conv2d_backward_input(gradient, weight, window, dx=dx)


def conv2d_relu_maxpool2d_forward(
    x: Array,
    weight: Array,
    bias: Array | None,
    window: Window,
    size: tuple[int, int],
    pool: Window,
    slope: float,
    *,
    y: Array,
    argmax: Array,
) -> None:
    full = np.empty((*y.shape[:2], *size), y.dtype)
    conv2d_forward(x, weight, bias, window, y=full)
    maxpool2d_forward(full, pool, y=y, argmax=argmax)
    relu_forward(y, slope, y=y)


def conv2d_relu_maxpool2d_backward(
    dy: Array,
    x: Array,
    weight: Array,
    y: Array,
    argmax: Array,
    window: Window,
    size: tuple[int, int],
    slope: float,
    *,
    dweight: Array,
    dbias: Array | None,
    dx: Array | None,
) -> None:
    pooled, gradient = np.empty_like(dy), np.empty((*y.shape[:2], *size), y.dtype)
    relu_backward(dy, y, slope, dx=pooled)
    maxpool2d_backward(pooled, argmax, dx=gradient)
    conv2d_backward_params(x, gradient, window, dweight=dweight, dbias=dbias)
    if dx is not None:
        conv2d_backward_input(gradient, weight, window, dx=dx)


def dense_relu_forward(x: Array, weight: Array, bias: Array | None, slope: float, *, y: Array) -> None:
    dense_forward(x, weight, bias, y=y)
    relu_forward(y, slope, y=y)


def dense_relu_backward(
    dy: Array,
    x: Array,
    weight: Array,
    y: Array,
    slope: float,
    *,
    dweight: Array,
    dbias: Array | None,
    dx: Array | None,
) -> None:
    gradient = np.empty_like(dy)
    relu_backward(dy, y, slope, dx=gradient)
    dense_backward_params(x, gradient, dweight=dweight, dbias=dbias)
    if dx is not None:
        dense_backward_input(gradient, weight, dx=dx)
