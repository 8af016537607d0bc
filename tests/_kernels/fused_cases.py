"""What the plain kernels and the fused kernels compute, in one form."""

from __future__ import annotations

import numpy as np
import oracles

from nnfs._kernels import Window

POOLS = [
    Window((2, 2), (2, 2)),
    Window((2, 2)),
    Window((3, 3), (2, 2), (1, 1, 1, 1)),
    Window((2, 3), (1, 2), (1, 0, 0, 1)),
    Window((1, 2), (3, 3)),
]


def plain(kernels, x, weight, bias, window, pool=None, slope=0.0):
    """Return y, argmax and the function of dy that returns dx, dweight, dbias: plain kernels, ReLU before pooling."""
    full = np.empty((len(x), len(weight), *oracles.output_size(x.shape[2:], window)), x.dtype)
    positive, gradient, masked = np.empty_like(full), np.empty_like(full), np.empty_like(full)
    kernels.conv2d_forward(x, weight, bias, window, y=full)
    kernels.relu_forward(full, slope, y=positive)
    y, argmax = positive, None
    if pool is not None:
        y = np.empty((*full.shape[:2], *oracles.output_size(full.shape[2:], pool)), x.dtype)
        argmax = np.empty(y.shape, np.int32)
        kernels.maxpool2d_forward(positive, pool, y=y, argmax=argmax)

    def backward(dy):
        gradient[...] = dy if pool is None else np.nan
        if pool is not None:
            kernels.maxpool2d_backward(dy, argmax, dx=gradient)
        kernels.relu_backward(gradient, positive, slope, dx=masked)
        dx, dweight, dbias = np.full_like(x, np.nan), np.zeros_like(weight), np.zeros(len(weight), x.dtype)
        kernels.conv2d_backward_params(x, masked, window, dweight=dweight, dbias=dbias)
        kernels.conv2d_backward_input(masked, weight, window, dx=dx)
        return dx, dweight, dbias

    return y, argmax, backward


def fused(kernels, x, weight, bias, window, pool=None, slope=0.0):
    """Return the same from the fused kernels."""
    size = oracles.output_size(x.shape[2:], window)
    pooled_size = size if pool is None else oracles.output_size(size, pool)
    y, argmax = np.full((len(x), len(weight), *pooled_size), np.nan, x.dtype), None
    if pool is None:
        kernels.conv2d_relu_forward(x, weight, bias, window, slope, y=y)
    else:
        argmax = np.full(y.shape, -7, np.int32)
        kernels.conv2d_relu_maxpool2d_forward(x, weight, bias, window, size, pool, slope, y=y, argmax=argmax)

    def backward(dy):
        out = {
            "dweight": np.zeros_like(weight),
            "dbias": np.zeros(len(weight), x.dtype),
            "dx": np.full_like(x, np.nan),
        }
        if pool is None:
            kernels.conv2d_relu_backward(dy, x, weight, y, window, slope, **out)
        else:
            kernels.conv2d_relu_maxpool2d_backward(dy, x, weight, y, argmax, window, size, slope, **out)
        return out["dx"], out["dweight"], out["dbias"]

    return y, argmax, backward


def pools_for(size):
    return [None, *(pool for pool in POOLS if min(oracles.output_size(size, pool)) > 0)]


def gradient_for(y, seed=5):
    return np.random.default_rng(seed).standard_normal(y.shape).astype(y.dtype)


def assert_fused_is_plain(kernels, x, weight, bias, window, pool):
    for slope in (0.0, 0.25):
        assert_fused_is_plain_for(kernels, x, weight, bias, window, pool, slope)


def assert_fused_is_plain_for(kernels, x, weight, bias, window, pool, slope):
    y, places, backward = fused(kernels, x, weight, bias, window, pool, slope)
    want, want_places, plain_backward = plain(kernels, x, weight, bias, window, pool, slope)
    assert np.array_equal(y, want, equal_nan=True)
    if pool is not None:
        alive = ~(y <= 0) if slope == 0 else np.full(y.shape, True)
        assert np.array_equal(places[alive], want_places[alive])
        assert places.min(initial=0) >= 0
    dy = gradient_for(y)
    (dx, *got), (plain_dx, *expected) = backward(dy), plain_backward(dy)
    assert np.array_equal(dx, plain_dx)
    tolerance = (10 + abs(x).max(initial=0)) * dy[:, 0].size * np.finfo(x.dtype).eps
    for gradient, plain_gradient in zip(got, expected, strict=True):
        np.testing.assert_allclose(gradient, plain_gradient, rtol=0, atol=tolerance)
