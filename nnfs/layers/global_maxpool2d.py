"""Global max pooling."""

from __future__ import annotations

import math

import numpy as np

from .._kernels.interface import Array
from .context import Context
from .pooling import GlobalPooling


class GlobalMaxPool2D(GlobalPooling):
    """Keep the largest pixel of each channel: (N, C, H, W) becomes (N, C).

    y[n, c] = max over h, w of x[n, c, h, w], and dx is dy[n, c] at that pixel, 0 elsewhere. Of equal pixels the first
    in row-major order wins; NaN beats every number.
    """

    def forward(self, x: Array, ctx: Context) -> Array:
        n, c = x.shape[:2]
        size = math.prod(x.shape[2:])
        y = ctx.empty("y", (n * c,), x.dtype)
        argmax = ctx.empty("argmax", (n * c,), np.intp)
        np.argmax(x.reshape(n * c, size), axis=1, out=argmax)
        argmax += np.arange(n * c) * size
        np.take(x, argmax, out=y, mode="clip")
        ctx.save(input_shape=x.shape, argmax=argmax)
        return y.reshape(n, c)

    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", (math.prod(ctx.input_shape),), dy.dtype)
        dx.fill(0)
        dx[ctx.argmax] = dy.reshape(-1)
        return dx.reshape(ctx.input_shape)
