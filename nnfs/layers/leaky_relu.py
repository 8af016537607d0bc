"""The leaky rectified linear unit."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..context import Context
from ..hyperparameters import as_number
from .layer import Layer


class LeakyReLU(Layer):
    """Flatten what is negative: y = x where x > 0, else s x; dx = dy where x > 0, else s dy.

    Parameters
    ----------
    negative_slope : float
        s, from 0 to 1 (Maas, Hannun and Ng, 2013, used 0.01).
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = as_number(negative_slope, "LeakyReLU: negative_slope", minimum=0, maximum=1)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        # Only what is negative may be multiplied: infinity times a slope of 0 would be NaN.
        is_negative = ctx.empty("is_negative", x.shape, bool)
        np.less(x, 0, out=is_negative)
        np.copyto(y, x)
        np.multiply(x, self.negative_slope, out=y, where=is_negative)
        ctx.save(x=x)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if not ctx.needs_input_grad:
            return None
        is_negative = ctx.empty("is_negative", dy.shape, bool)
        np.less_equal(ctx.x, 0, out=is_negative)
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        np.copyto(dx, dy)
        np.multiply(dy, self.negative_slope, out=dx, where=is_negative)
        return dx
