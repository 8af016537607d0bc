"""The leaky rectified linear unit."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from .context import Context
from .layer import Layer


class LeakyReLU(Layer):
    """Flatten what is negative: y = x where x > 0, else s x; dx = dy where x > 0, else s dy.

    NaN passes, forward and backward.

    Parameters
    ----------
    negative_slope : float
        s, from 0 to 1 (Maas, Hannun and Ng, 2013, used 0.01).
    """

    numbers = frozenset({"negative_slope"})

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = as_number(negative_slope, "LeakyReLU: negative_slope", minimum=0, maximum=1)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        kernels.relu_forward(x, self.negative_slope, y=y)
        ctx.save(y=y)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        # y is positive where x is, so that x need not be kept.
        kernels.relu_backward(dy, ctx.y, self.negative_slope, dx=dx)
        return dx
