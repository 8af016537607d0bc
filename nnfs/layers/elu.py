"""The exponential linear unit."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from .context import Context
from .layer import Layer


class ELU(Layer):
    """Let what is negative level off at -alpha (Clevert, Unterthiner and Hochreiter, 2016).

    y = x where x > 0, else alpha (exp(x) - 1); dx = dy where y > 0, else dy (y + alpha).

    Parameters
    ----------
    alpha : float
        How far down the output goes, at least 0.
    """

    numbers = frozenset({"alpha"})

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = as_number(alpha, "ELU: alpha", minimum=0)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        kernels.elu_forward(x, self.alpha, y=y)
        ctx.save(y=y)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        kernels.elu_backward(dy, ctx.y, self.alpha, dx=dx)
        return dx
