"""Dropout."""

from __future__ import annotations

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from .context import Context
from .layer import Layer


class Dropout(Layer):
    """Drop numbers at random in training, so that no unit can rely on another one (Srivastava et al., 2014).

    In training each number is kept with probability 1 - rate, and what is kept is scaled up, so that the mean
    stays: y = x m / (1 - rate) with m 0 or 1, and dx = dy m / (1 - rate). Outside training y = x. What is
    not finite and dropped is NaN: 0 times infinity.

    Parameters
    ----------
    rate : float
        The share of numbers to drop, 0 <= rate < 1.
    """

    numbers = frozenset({"rate"})

    def __init__(self, rate: float) -> None:
        self.rate = as_number(rate, "Dropout: rate", minimum=0, below=1)

    def forward(self, x: Array, ctx: Context) -> Array:
        ctx.save(key=None)
        if not ctx.training or self.rate == 0:
            return x
        if ctx.rng is None:
            raise ValueError("Dropout in training needs random numbers: set ctx.rng")
        key = int(ctx.rng.integers(2**64, dtype=np.uint64))  # all of m follows from it, so that m need not be kept
        y = ctx.empty("y", x.shape, x.dtype)
        kernels.dropout(x, key, self.rate, y=y)
        ctx.save(key=key)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array:
        if ctx.key is None:
            return dy
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        kernels.dropout(dy, ctx.key, self.rate, y=dx)
        return dx
