"""The mean of squared errors."""

from __future__ import annotations

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..system.floating_point import quietly
from .loss import Loss, mean_of_each


class MeanSquaredError(Loss):
    """Take the mean of squared errors over all numbers: L = mean of (y - t)**2, dL/dy = 2 (y - t) / size.

    Outputs y and targets t have one shape (N, ...), and size is the number of numbers in it.
    """

    name = "mean_squared_error"

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        return kernels.mean_squared_error(outputs, targets, dy=gradient)

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        return mean_of_each(np.square(outputs - targets))
