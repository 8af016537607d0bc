"""The exponential linear unit."""

from __future__ import annotations

from typing import Any

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from .activation import Activation


class ELU(Activation):
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

    def apply(self, x: Array, *, y: Array) -> None:
        kernels.elu_forward(x, self.alpha, y=y)

    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        kernels.elu_backward(dy, y, self.alpha, dx=dx)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Elu", {"alpha": self.alpha}
