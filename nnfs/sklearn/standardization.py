"""Standardization: targets that a network learns with mean 0 and deviation 1, whatever their unit is."""

from __future__ import annotations

from typing import Self

import numpy as np

from .._kernels.interface import Array
from ..errors import NumericError
from ..layers import Dense
from ..network.network import Network
from ..system.floating_point import quietly


class Standardization:
    """Change targets y to (y - mean) / scale, and a network that was trained on these to one that predicts y.

    Parameters
    ----------
    mean, scale : array (K,) of float64
        For each target.
    """

    def __init__(self, mean: Array, scale: Array) -> None:
        self.mean, self.scale = mean, scale

    @classmethod
    @quietly
    def of(cls, targets: Array, sample_weight: Array | None) -> Self:
        """Return that of targets (N, K), by their mean and standard deviation; a constant target has the scale 1."""
        mean = np.average(targets, axis=0, weights=sample_weight)
        scale = np.sqrt(np.average(np.square(targets - mean), axis=0, weights=sample_weight))
        if not np.isfinite(scale).all():
            raise NumericError(
                "y is too large to be standardized: its standard deviation is not finite. Try: y / y.max()"
            )
        # Less than this is the rounding of a mean, and no deviation.
        constant = scale <= 1e-14 * np.abs(mean)
        return cls(mean, np.where(constant, 1.0, scale))

    def __call__(self, targets: Array) -> Array:
        """Return standardized targets (N, K), a new array."""
        return (targets - self.mean) / self.scale

    def undo_in(self, network: Network) -> None:
        """Change the last layer, a Dense layer, so that the outputs are predictions of y."""
        last = network.layers[-1]
        assert isinstance(last, Dense)
        last.weight.value *= self.scale[:, None]
        last.bias.value[...] = last.bias.value * self.scale + self.mean
