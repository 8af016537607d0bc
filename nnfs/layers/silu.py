"""The sigmoid linear unit, also known as swish."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from .context import Context
from .layer import Layer


class SiLU(Layer):
    """Weigh every number by its logistic function: y = x s(x) with s(x) = 1 / (1 + exp(-x)).

    dx = dy s(x) (1 + x (1 - s(x))). Also known as swish (Elfwing, Uchibe and Doya, 2018).
    """

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        kernels.silu_forward(x, y=y)
        ctx.save(x=x)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        kernels.silu_backward(dy, ctx.x, dx=dx)
        return dx
