"""Dropout in NumPy: elements are kept or zeroed by random numbers that a key determines."""

from __future__ import annotations

import numpy as np

from ..interface import Array
from .splitmix import random_numbers


def dropout(x: Array, key: int, rate: float, *, y: Array) -> None:
    kept = random_numbers(key, x.size) >> 32 >= int(rate * 2**32)
    y[...] = x * np.where(kept, 1 / (1 - rate), 0).astype(x.dtype).reshape(x.shape)
