"""SplitMix64 (Steele, Lea and Flood, 2014): random numbers that depend on a key and an index alone."""

from __future__ import annotations

import numpy as np

from ..interface import Array


def random_numbers(key: int, count: int) -> Array:
    """Return the first ``count`` numbers of SplitMix64 begun at ``key``, as uint64; overflow wraps around."""
    state: Array = key + np.arange(1, count + 1, dtype=np.uint64) * 0x9E3779B97F4A7C15
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB
    return state ^ (state >> 31)
