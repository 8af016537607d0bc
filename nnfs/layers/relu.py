"""The rectified linear unit."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from .context import Context
from .layer import Layer


class ReLU(Layer):
    """Cut off what is negative: y = max(x, 0), and dx = dy where y > 0, else 0.

    NaN passes, forward and backward. `LeakyReLU` is the same with another slope.
    """

    negative_slope = 0.0

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        kernels.relu_forward(x, self.negative_slope, y=y)
        ctx.save(y=y)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        kernels.relu_backward(dy, ctx.y, self.negative_slope, dx=dx)
        return dx
