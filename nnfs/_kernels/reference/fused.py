"""Fused kernels in NumPy: each calls the kernels of its layers in turn, and so computes exactly what they compute."""

from __future__ import annotations

import numpy as np

from ..interface import Array, Window
from .activations import relu_backward, relu_forward
from .dense import dense_backward_input, dense_backward_params, dense_forward
from .normalization import batchnorm_apply, batchnorm_backward, batchnorm_forward
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


def add_relu(a: Array, b: Array, slope: float, *, y: Array) -> None:
    relu_forward(a + b, slope, y=y)


def batchnorm_relu_forward(
    x: Array,
    weight: Array,
    bias: Array,
    epsilon: float,
    momentum: float,
    slope: float,
    pool: Window | None,
    training: bool,
    *,
    y: Array,
    argmax: Array | None,
    mean: Array,
    variance: Array,
    running_mean: Array,
    running_var: Array,
    num_batches_tracked: Array,
) -> None:
    if not len(x):
        return
    full = np.empty_like(x)
    channels, z = x.reshape(*x.shape[:2], -1), full.reshape(*x.shape[:2], -1)
    if training:
        batchnorm_forward(channels, weight, bias, epsilon, y=z, mean=mean, variance=variance)
        count = x.size // len(mean)
        running_mean += momentum * (mean - running_mean)
        running_var += momentum * (variance * (count / (count - 1)) - running_var)
        num_batches_tracked += 1
    else:
        mean[...], variance[...] = running_mean, running_var
        batchnorm_apply(channels, mean, variance, weight, bias, epsilon, y=z)
    if pool is None:
        y[...] = full
    else:
        assert argmax is not None
        maxpool2d_forward(full, pool, y=y, argmax=argmax)
    relu_forward(y, slope, y=y)


def batchnorm_relu_backward(
    dy: Array,
    x: Array,
    y: Array,
    argmax: Array | None,
    mean: Array,
    variance: Array,
    weight: Array,
    epsilon: float,
    slope: float,
    training: bool,
    *,
    dweight: Array,
    dbias: Array,
    dx: Array | None,
) -> None:
    if not len(x):
        return
    outgoing = np.empty_like(dy)
    relu_backward(dy, y, slope, dx=outgoing)
    if argmax is None:
        gradient = outgoing
    else:
        gradient = np.empty_like(x)
        maxpool2d_backward(outgoing, argmax, dx=gradient)
    wanted = None if dx is None else dx.reshape(*x.shape[:2], -1)
    gradient, channels = gradient.reshape(*x.shape[:2], -1), x.reshape(*x.shape[:2], -1)
    batchnorm_backward(
        gradient,
        channels,
        mean,
        variance,
        weight,
        epsilon,
        dweight=dweight,
        dbias=dbias,
        dx=wanted if training else None,
    )
    if wanted is not None and not training:
        nothing = np.zeros_like(mean)  # so that the gradient is scaled alone
        batchnorm_apply(gradient, nothing, variance, weight, nothing, epsilon, y=wanted)
