"""Softplus, the smooth ReLU."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from .context import Context
from .layer import Layer


class Softplus(Layer):
    """Round off the corner of ReLU: y = log(1 + exp(beta x)) / beta, and dx = dy / (1 + exp(-beta x)).

    Both are computed by exp(-|beta x|), which cannot overflow: log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)).

    Parameters
    ----------
    beta : float
        How sharp the corner is, above 0.
    """

    numbers = frozenset({"beta"})

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = as_number(beta, "Softplus: beta", above=0)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        kernels.softplus_forward(x, self.beta, y=y)
        ctx.save(x=x)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        kernels.softplus_backward(dy, ctx.x, self.beta, dx=dx)
        return dx
