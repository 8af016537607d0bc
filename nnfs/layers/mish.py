"""Mish: x times the hyperbolic tangent of softplus."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .activation import Activation


class Mish(Activation):
    """Multiply every number by t(x) = tanh(log(1 + exp(x))): y = x t(x) (Misra, 2019).

    dx = dy (t(x) + x (1 - t(x)**2) / (1 + exp(-x))).
    """

    @quietly
    def apply(self, x: Array, *, y: Array) -> None:
        np.logaddexp(x, 0, out=y)
        np.tanh(y, out=y)
        np.multiply(y, x, out=y)

    @quietly
    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        softplus = np.logaddexp(x, 0)
        t = np.tanh(softplus)
        np.multiply(x, (1 - t * t) * np.exp(x - softplus), out=dx)
        np.add(dx, t, out=dx)
        np.multiply(dx, dy, out=dx)
