"""The leaky rectified linear unit."""

from __future__ import annotations

from typing import Any

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from .activation import Activation


class LeakyReLU(Activation):
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

    def apply(self, x: Array, *, y: Array) -> None:
        kernels.relu_forward(x, self.negative_slope, y=y)

    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        # y is positive where x is.
        kernels.relu_backward(dy, y, self.negative_slope, dx=dx)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "LeakyRelu", {"alpha": self.negative_slope}
