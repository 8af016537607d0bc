"""The mean of absolute errors."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .loss import Loss, mean_of_each


class L1(Loss):
    """Take the mean of absolute errors over all numbers: L = mean of |y - t|, dL/dy = sign(y - t) / size.

    Outputs y and targets t have one shape (N, ...), and size is the number of numbers in it.
    """

    name = "l1"

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        difference = outputs - targets
        np.sign(difference, out=gradient)
        gradient /= difference.size
        return float(np.abs(difference).mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        return mean_of_each(np.abs(outputs - targets))
