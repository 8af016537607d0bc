"""Softsign: a slow way to -1 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .activation import Activation


class Softsign(Activation):
    """Squeeze every number into (-1, 1): y = x / (1 + |x|), and dx = dy / (1 + |x|)**2 (Bergstra et al., 2009)."""

    @quietly
    def apply(self, x: Array, *, y: Array) -> None:
        np.abs(x, out=y)
        np.add(y, 1, out=y)
        np.divide(x, y, out=y)

    @quietly
    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        np.abs(x, out=dx)
        np.add(dx, 1, out=dx)
        np.square(dx, out=dx)
        np.divide(dy, dx, out=dx)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Softsign", {}
