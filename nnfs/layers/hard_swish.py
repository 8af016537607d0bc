"""SiLU with a logistic function made of straight lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .activation import Activation


class HardSwish(Activation):
    """Multiply every number by h(x) = min(max(x / 6 + 1 / 2, 0), 1): y = x h(x) (Howard et al., MobileNetV3, 2019).

    dx = dy (x / 3 + 1 / 2) for -3 < x < 3; below it is 0, and above it is dy.
    """

    @quietly
    def apply(self, x: Array, *, y: Array) -> None:
        np.multiply(x, 1 / 6, out=y)
        np.add(y, 0.5, out=y)
        np.clip(y, 0, 1, out=y)
        np.multiply(y, x, out=y)

    @quietly
    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        np.multiply(x, 1 / 3, out=dx)
        np.add(dx, 0.5, out=dx)
        np.copyto(dx, 0, where=x <= -3)
        np.copyto(dx, 1, where=x >= 3)
        np.multiply(dx, dy, out=dx)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "HardSwish", {}
