"""The sigmoid linear unit, also known as swish."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from .activation import Activation


class SiLU(Activation):
    """Weigh every number by its logistic function: y = x s(x) with s(x) = 1 / (1 + exp(-x)).

    dx = dy s(x) (1 + x (1 - s(x))). Also known as swish (Elfwing, Uchibe and Doya, 2018).
    """

    def apply(self, x: Array, *, y: Array) -> None:
        kernels.silu_forward(x, y=y)

    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        kernels.silu_backward(dy, x, dx=dx)
