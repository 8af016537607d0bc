"""The function that cuts numbers to a range."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..system.floating_point import quietly
from .activation import Activation


class Clip(Activation):
    """Cut every number to a range: y = min(max(x, minimum), maximum), and dx = dy within the range, else 0.

    ``Clip(0, 6)`` is ReLU6 (Krizhevsky, 2010), and ``Clip(-1, 1)`` is the hard tanh. NaN passes, forward and backward.

    Parameters
    ----------
    minimum, maximum : float
        The limits, the smaller one first.
    """

    numbers = frozenset({"minimum", "maximum"})

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum = as_number(minimum, "Clip: minimum")
        self.maximum = as_number(maximum, "Clip: maximum", above=self.minimum)

    @quietly
    def apply(self, x: Array, *, y: Array) -> None:
        np.clip(x, self.minimum, self.maximum, out=y)

    @quietly
    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        np.copyto(dx, dy)
        np.copyto(dx, 0, where=(y <= self.minimum) | (y >= self.maximum))
