"""The noise in the points that we draw: the loss that it leaves to the best of all networks."""

from __future__ import annotations

import math

import numpy as np

from .._kernels.interface import Array
from ..data import Standardizer, load
from ..data.generated import LARGE_NOISE, MOONS_NOISE, SMALL_NOISE

ANGLES = 2000
"""Into how many points a moon is taken apart."""


def noise_floor(task: str, seed: int) -> float | None:
    """Return the expected loss of the best function of x on the test points of a task; None for images.

    On the lines that is the line itself, whose loss is the variance of the noise. On the moons it is the probability p
    of the lower moon at a point, whose loss is the mean of p (1 - p). The loss on the few test points of one seed may
    come out a little smaller by chance.
    """
    match task:
        case "linear-small":
            return SMALL_NOISE**2
        case "linear-large":
            scale = Standardizer.fit(load(task, seed=seed).y_train).scale
            return float((LARGE_NOISE / scale[0]) ** 2)
        case "moons":
            return _moons_floor(load(task, seed=seed).x_test.astype(np.float64))
    return None


def _moons_floor(x: Array) -> float:
    t = (np.arange(ANGLES) + 0.5) * math.pi / ANGLES
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    lower = np.array([1.0, 0.5]) - upper
    ratio = _log_density(x, upper) - _log_density(x, lower)
    p = 1 / (1 + np.exp(np.clip(ratio, -500, 500)))
    return float(np.mean(p * (1 - p)))


def _log_density(x: Array, moon: Array) -> Array:
    """Return the logarithm of the density at each point of a moon with its noise, up to a constant."""
    exponents = -np.square(x[:, None] - moon).sum(axis=2) / (2 * MOONS_NOISE**2)
    largest = exponents.max(axis=1)
    density: Array = largest + np.log(np.exp(exponents - largest[:, None]).sum(axis=1))
    return density
