"""The logistic function."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from .context import Context
from .layer import Layer


class Sigmoid(Layer):
    """Squeeze every number into (0, 1): y = 1 / (1 + exp(-x)), and dx = dy y (1 - y)."""

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        np.negative(x, out=y)
        # exp may overflow to infinity far below zero, and 1 / infinity is the right answer there: 0.
        with np.errstate(over="ignore"):
            np.exp(y, out=y)
        np.add(y, 1, out=y)
        np.reciprocal(y, out=y)
        ctx.save(y=y)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        np.subtract(1, ctx.y, out=dx)
        np.multiply(dx, ctx.y, out=dx)
        np.multiply(dx, dy, out=dx)
        return dx
