"""Dropout."""

from __future__ import annotations

import numpy as np

from ..interface import Array


def dropout(x: Array, key: int, rate: float, *, y: Array) -> None:
    kept = _random_numbers(key, x.size) >> 32 >= int(rate * 2**32)
    y[...] = x * np.where(kept, 1 / (1 - rate), 0).astype(x.dtype).reshape(x.shape)


def _random_numbers(key: int, count: int) -> Array:
    """Return the first random numbers of SplitMix64 begun at ``key``; integers of 64 bits wrap around."""
    state: Array = key + np.arange(1, count + 1, dtype=np.uint64) * 0x9E3779B97F4A7C15
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB
    return state ^ (state >> 31)
