"""The logistic function made of three straight lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..system.floating_point import quietly
from .activation import Activation


class HardSigmoid(Activation):
    """Squeeze every number into [0, 1] by straight lines: y = min(max(slope x + offset, 0), 1), and dx = dy y'(x).

    y' is slope where 0 < y < 1, else 0 (Courbariaux, Bengio and David, 2015).

    Parameters
    ----------
    slope : float
        How steep the middle line is, above 0.
    offset : float
        y at x = 0.
    """

    numbers = frozenset({"slope", "offset"})

    def __init__(self, slope: float = 1 / 6, offset: float = 0.5) -> None:
        self.slope = as_number(slope, "HardSigmoid: slope", above=0)
        self.offset = as_number(offset, "HardSigmoid: offset")

    @quietly
    def apply(self, x: Array, *, y: Array) -> None:
        np.multiply(x, self.slope, out=y)
        np.add(y, self.offset, out=y)
        np.clip(y, 0, 1, out=y)

    @quietly
    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        np.multiply(dy, self.slope, out=dx)
        np.copyto(dx, 0, where=(y <= 0) | (y >= 1))

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "HardSigmoid", {"alpha": self.slope, "beta": self.offset}
