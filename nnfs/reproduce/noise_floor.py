"""The smallest loss that any network can be expected to reach on generated points, because of their noise."""

from __future__ import annotations

import math

import numpy as np

from .._kernels.interface import Array
from ..data import Standardizer, load
from ..data.generated import LARGE_NOISE, MOONS_NOISE, SMALL_NOISE

ANGLES = 2000
"""The number of points on a half circle that stand for the whole half circle in a sum."""


def noise_floor(task: str, seed: int) -> float | None:
    """Return the expected mean squared error of the best function of x on the test points of a task; None for images.

    For a line, the best function is the line itself, and its error is the variance of the noise. For the moons, it is
    the probability p of the lower moon at a point, and its error is the mean of p (1 - p). A network can reach a
    slightly smaller loss on the few test points of one seed by chance.
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
    """Return the logarithm of the density of a noisy moon at each point, up to a constant.

    ``x`` (N, 2) are the points, and ``moon`` (M, 2) are points on the half circle without noise.
    """
    exponents = -np.square(x[:, None] - moon).sum(axis=2) / (2 * MOONS_NOISE**2)
    largest = exponents.max(axis=1)
    density: Array = largest + np.log(np.exp(exponents - largest[:, None]).sum(axis=1))
    return density
