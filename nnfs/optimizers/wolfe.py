"""A line search: how far to go along a direction, by the conditions of Wolfe."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .._kernels.interface import Array

FALL = 1e-4
"""The loss must fall by this share of what its slope at the beginning promises."""
FLAT = 0.9
"""The slope at the end must be at most this share of that at the beginning."""
MOST = 25
"""How many points are looked at."""


class Point(NamedTuple):
    """Parameters (P,), and the loss and its gradient (P,) there."""

    at: Array
    loss: float
    gradient: Array


def search(
    point: Callable[[float], Point], start: Point, direction: Array, length: float, rounding: float
) -> Point | None:
    """Return a point along a direction that is good enough to go to; None where there is none but the beginning.

    Where both conditions of Wolfe cannot be met, since rounding hides the loss's fall, it is the best point found.

    Parameters
    ----------
    point : function
        Returns the point at a distance, in units of ``direction``.
    start : Point
        Where the search begins.
    direction : ndarray
        Where the loss falls.
    length : float
        The first distance to look at, > 0.
    rounding : float
        How large the error of a loss may be, as a share of it.
    """
    slope = float(start.gradient @ direction)
    # A fall below the rounding of the loss is not seen; the slopes tell it (Hager and Zhang, 2005, equation 4.1).
    blur = rounding * abs(start.loss)
    low, low_loss, low_slope = 0.0, start.loss, slope
    high, high_loss, high_slope = math.inf, math.inf, math.inf
    best: Point | None = None
    distance = length
    for _ in range(MOST):
        there = point(distance)
        is_finite = math.isfinite(there.loss) and bool(np.isfinite(there.gradient).all())
        now = float(there.gradient @ direction) if is_finite else math.inf
        if is_finite and there.loss < (start.loss if best is None else best.loss):
            best = there
        falls = is_finite and there.loss <= start.loss + FALL * distance * slope
        falls = falls or (is_finite and abs(there.loss - start.loss) <= blur and (2 * FALL - 1) * slope >= now)
        if falls and abs(now) <= -FLAT * slope:
            return there
        if not falls or now >= 0:
            high, high_loss, high_slope = distance, there.loss, now
        else:
            low, low_loss, low_slope = distance, there.loss, now
        if math.isinf(high):
            distance *= 4
        else:
            distance = _between(low, low_loss, low_slope, high, high_loss, high_slope)
            if not low < distance < high or high - low <= 1e-12 * high:
                break
    return best


def _between(low: float, f: float, slope: float, high: float, f_high: float, slope_high: float) -> float:
    """Return where the cubic through two points with these losses and slopes is least, away from both of them."""
    width = high - low
    middle = low + width / 2
    if not (math.isfinite(f_high) and math.isfinite(slope_high)):
        return low + width / 10
    a = slope + slope_high - 3 * (f - f_high) / (low - high)
    root = a * a - slope * slope_high
    if root < 0:
        return middle
    b = math.sqrt(root)
    under = slope_high - slope + 2 * b
    if not under:
        return middle
    found = high - width * (slope_high + b - a) / under
    return min(max(found, low + width / 10), high - width / 10) if math.isfinite(found) else middle
