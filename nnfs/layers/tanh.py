"""The hyperbolic tangent."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .activation import Activation


class Tanh(Activation):
    """Squeeze every number into (-1, 1): y = tanh(x), and dx = dy (1 - y**2)."""

    @quietly
    def apply(self, x: Array, *, y: Array) -> None:
        np.tanh(x, out=y)

    @quietly
    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        np.multiply(y, y, out=dx)
        np.subtract(1, dx, out=dx)
        np.multiply(dx, dy, out=dx)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Tanh", {}
