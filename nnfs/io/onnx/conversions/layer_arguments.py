"""Numbers and arrays of a file as arguments of layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ....arguments.shapes import Shape
from ....errors import UnsupportedError


def per_channel(values: Array, shape: Shape) -> Array:
    """Return a new array (C,) from one that broadcasts to samples of ``shape`` with one number for each channel."""
    rank = len(shape) + 1
    sizes = (1,) * (rank - values.ndim) + values.shape
    if len(sizes) != rank or sizes[0] != 1 or sizes[1] not in (1, shape[0]) or any(size != 1 for size in sizes[2:]):
        raise UnsupportedError(f"got a constant of shape {values.shape}, wanted one number a channel, {shape[0]}")
    return np.array(np.broadcast_to(values.reshape(sizes[1]), shape[:1]))


def decimal(value: Any) -> float:
    """Return the shortest decimal number that rounds to a file's float32: 0.01 instead of 0.009999999776."""
    return float(str(np.float32(value)) if np.float32(value) == value else value)


def short(values: Any, rank: int = 2) -> Any:
    """Return one number for a pair of equal numbers, and any other pair as a tuple; for signals (rank 1) the second."""
    return values[0] if values[0] == values[1] else values[1] if rank == 1 else tuple(values)


def short_padding(sides: Any, rank: int = 2) -> Any:
    """Return the padding of four sides as one number, a pair or a tuple, whichever is the shortest.

    For signals, which have a ``rank`` of 1, it is that of the left and the right.
    """
    top, bottom, left, right = sides
    if rank == 1:
        return short((left, right))
    return short((top, left)) if (top, left) == (bottom, right) else tuple(sides)
