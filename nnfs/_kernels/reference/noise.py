"""Normal noise in NumPy, made by the method of Box and Muller from random numbers that a key determines."""

from __future__ import annotations

import numpy as np

from ..interface import Array
from .splitmix import random_numbers


def add_noise(x: Array, key: int, deviation: float, *, y: Array) -> None:
    numbers = random_numbers(key, x.size)
    radius = np.sqrt(-2 * np.log(((numbers >> 32) + 1) / 2**32))
    normal = radius * np.cos(2 * np.pi / 2**32 * (numbers & 0xFFFFFFFF))
    y[...] = x + (deviation * normal).astype(x.dtype).reshape(x.shape)
