"""What whole pixels are divided by, so that they go from 0 to 1."""

from __future__ import annotations

LARGEST = (255, 4095, 65535)
"""The largest pixels of 8, 12 and 16 bits."""


def divisor_for(largest: float) -> int | None:
    """Return the largest pixel of the fewest bits that images up to ``largest`` can have; None beyond 16 bits."""
    return next((limit for limit in LARGEST if largest <= limit), None)
