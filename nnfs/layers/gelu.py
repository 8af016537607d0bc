"""The Gaussian error linear unit."""

from __future__ import annotations

from typing import Literal

from .._kernels import kernels
from .._kernels.interface import Array
from .activation import Activation


class GELU(Activation):
    """Weigh every number by the chance that a standard normal one is smaller (Hendrycks and Gimpel, 2016).

    With Phi the distribution of a standard normal number and Phi' its density::

        y  = x Phi(x),  Phi(x) = (1 + erf(x / sqrt(2))) / 2,  Phi'(x) = exp(-x**2 / 2) / sqrt(2 pi)
        dx = dy (Phi(x) + x Phi'(x))

    Parameters
    ----------
    approximate : "none" or "tanh"
        "tanh" is the approximation Phi(x) = (1 + tanh(sqrt(2 / pi) (x + 0.044715 x**3))) / 2, which some published
        networks were trained with. It is at most 0.0005 off, and no faster.
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f'GELU: approximate must be "none" or "tanh", got {approximate!r}')
        self.approximate = approximate

    def apply(self, x: Array, *, y: Array) -> None:
        kernels.gelu_forward(x, self.approximate == "tanh", y=y)

    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        kernels.gelu_backward(dy, x, self.approximate == "tanh", dx=dx)
