"""The logistic function."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .activation import Activation


class Sigmoid(Activation):
    """Squeeze every number into (0, 1): y = 1 / (1 + exp(-x)), and dx = dy y (1 - y)."""

    @quietly
    def apply(self, x: Array, *, y: Array) -> None:
        np.negative(x, out=y)
        # exp may overflow to infinity far below zero, and 1 / infinity is the right answer there: 0.
        np.exp(y, out=y)
        np.add(y, 1, out=y)
        np.reciprocal(y, out=y)

    @quietly
    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        np.subtract(1, y, out=dx)
        np.multiply(dx, y, out=dx)
        np.multiply(dx, dy, out=dx)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Sigmoid", {}
