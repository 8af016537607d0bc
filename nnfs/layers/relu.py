"""The rectified linear unit."""

from __future__ import annotations

from typing import Any

from .._kernels import kernels
from .._kernels.interface import Array
from .activation import Activation


class ReLU(Activation):
    """Cut off what is negative: y = max(x, 0), and dx = dy where y > 0, else 0.

    NaN passes, forward and backward. `LeakyReLU` is the same with another slope.
    """

    negative_slope = 0.0

    def apply(self, x: Array, *, y: Array) -> None:
        kernels.relu_forward(x, self.negative_slope, y=y)

    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        kernels.relu_backward(dy, y, self.negative_slope, dx=dx)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Relu", {}
