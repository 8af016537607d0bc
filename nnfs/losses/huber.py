"""The mean of squared small errors and absolute large errors."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..system.floating_point import quietly
from .loss import Loss, mean_of_each


class Huber(Loss):
    """Take the mean over all numbers of squared small errors and absolute large errors.

    With outputs y, targets t and e = y - t: L = mean of (e**2 / 2 where |e| <= delta, else delta (|e| - delta / 2)),
    and dL/dy = clip(e, -delta, delta) / size. Source: Huber, Robust Estimation of a Location Parameter, 1964.

    Parameters
    ----------
    delta : float
        The largest error that is squared, > 0.
    """

    name = "huber"

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = as_number(delta, "Huber: delta", above=0)

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        difference = outputs - targets
        clipped = np.clip(difference, -self.delta, self.delta)
        np.divide(clipped, difference.size, out=gradient)
        # With c = clip(e): c (e - c / 2) is e**2 / 2 inside and delta (|e| - delta / 2) outside.
        return float((clipped * (difference - clipped / 2)).mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        difference = outputs - targets
        clipped = np.clip(difference, -self.delta, self.delta)
        return mean_of_each(clipped * (difference - clipped / 2))
