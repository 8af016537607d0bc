"""Global average pooling."""

from __future__ import annotations

import math

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .context import Context
from .pooling import GlobalPooling


class GlobalAvgPool2D(GlobalPooling):
    """Take the mean of each channel: (N, C, H, W) becomes (N, C) (Lin, Chen and Yan, 2014).

    y[n, c] = sum over h, w of x[n, c, h, w] / (H W), and dx[n, c, h, w] = dy[n, c] / (H W).
    """

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        n, c = x.shape[:2]
        y = ctx.empty("y", (n, c), x.dtype)
        np.mean(x.reshape(n, c, math.prod(x.shape[2:])), axis=2, out=y)
        ctx.save(input_shape=x.shape)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array:
        image = ctx.input_shape[2:]
        dx = ctx.empty("dx", ctx.input_shape, dy.dtype)
        np.divide(dy.reshape(*dy.shape, *(1,) * len(image)), math.prod(image), out=dx)
        return dx
