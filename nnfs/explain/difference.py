"""A finite difference, with the slopes to both sides of a kink."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

STEP = 1e-6
"""How far a number is moved to each side."""
WIDE = 8 * STEP


class Difference(float):
    """A finite difference: the number (L(v + h) - L(v - h)) / 2h.

    At a kink, such as a tie of a max pool or a ReLU at 0, the slopes to both sides of v differ; its text tells both.

    Attributes
    ----------
    above, below : float or None
        At a kink, the slope to larger and to smaller v; None where the loss is smooth.
    """

    above: float | None = None
    below: float | None = None

    @property
    def is_kink(self) -> bool:
        """Whether the slopes to both sides differ."""
        return self.above is not None

    def __repr__(self) -> str:
        if self.above is None or self.below is None:
            return float.__repr__(self)
        return (
            f"{float(self):.6g} (a kink: the slope from above is {self.above:.6g}, from below {self.below:.6g}; where "
            "numbers tie in a max pool or a ReLU is at 0, the gradient takes one side)"
        )

    __str__ = __repr__


def difference_of(losses: Sequence[float], middle: float, wide: Callable[[], Sequence[float]]) -> Difference:
    """Return the difference of the losses at v + h and v - h.

    Parameters
    ----------
    losses : (float, float)
        At v + h and at v - h.
    middle : float
        The loss at v.
    wide : callable
        Returns the losses at v + 8h and v - 8h. They tell a kink, whose gap between both slopes stays, from a curve,
        whose gap grows with h; called only where there is a gap.
    """
    found = Difference((losses[0] - losses[1]) / (2 * STEP))
    above, below = (losses[0] - middle) / STEP, (middle - losses[1]) / STEP
    rounding = 1e-14 * max(1.0, abs(middle)) / STEP
    if not abs(above - below) > max(1e-3 * max(abs(above), abs(below)), rounding):
        return found
    upper, lower = wide()
    far_above, far_below = (upper - middle) / WIDE, (middle - lower) / WIDE
    if abs(far_above - far_below) < 3 * abs(above - below) and math.isfinite(far_above + far_below):
        found.above, found.below = (slope if abs(slope) > rounding else 0.0 for slope in (far_above, far_below))
    return found
