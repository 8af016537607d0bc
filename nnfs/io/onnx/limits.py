"""How large a graph may make its arrays: checked before they are allocated."""

from __future__ import annotations

import math

import numpy as np

from ...errors import ShapeError
from ...shapes import Shape
from ..strict_json import short

LARGEST_FILE = 2**31 - 1
"""The bytes of a file; the format, protocol buffers, allows no more."""
LARGEST_ARRAY = 2**31
"""The bytes of one array of a pass. A graph of a few bytes can ask for any size: a border of 2**40 pixels, a row plus a
column of 2**30 numbers."""


def check_array(shape: Shape, dtype: np.dtype[np.generic]) -> None:
    """Raise ShapeError where an array of this shape would be larger than a graph may make one."""
    # NumPy multiplies the other sizes even where one is 0.
    wanted = math.prod(size for size in shape if size) * dtype.itemsize
    if wanted > LARGEST_ARRAY:
        raise ShapeError(
            f"an array of shape {short(shape)} would take {wanted:,} bytes, wanted at most {LARGEST_ARRAY:,}"
        )
