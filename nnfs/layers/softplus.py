"""Softplus, the smooth ReLU."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from .activation import Activation


class Softplus(Activation):
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

    def apply(self, x: Array, *, y: Array) -> None:
        kernels.softplus_forward(x, self.beta, y=y)

    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        kernels.softplus_backward(dy, x, self.beta, dx=dx)
