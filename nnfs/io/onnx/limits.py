"""How large a graph may be, and may make its arrays: checked before they are allocated."""

from __future__ import annotations

import math
from collections.abc import Sized

import numpy as np

from ...errors import ShapeError, UnsupportedError
from ...shapes import Shape
from ..strict_json import short

LARGEST_FILE = 2**31 - 1
"""The bytes of a file; the format, protocol buffers, allows no more."""
LARGEST_ARRAY = 2**31
"""The bytes of one array of a pass. A graph of a few bytes can ask for any size: a border of 2**40 pixels, a row plus a
column of 2**30 numbers."""
LARGEST_PASS = 2**33
"""The bytes of all arrays that nodes have made and later ones, or the caller, still need."""
MOST_ENTRIES = 2**16
"""Of nodes, of values, of numbers or letters in one attribute: each takes many times its bytes in the file."""


def check_array(shape: Shape, dtype: np.dtype[np.generic]) -> None:
    """Raise ShapeError where an array of this shape would be larger than a graph may make one."""
    # NumPy multiplies the other sizes even where one is 0.
    wanted = math.prod(size for size in shape if size) * dtype.itemsize
    if wanted > LARGEST_ARRAY:
        raise ShapeError(
            f"an array of shape {short(shape)} would take {wanted:,} bytes, wanted at most {LARGEST_ARRAY:,}"
        )


def check_pass(used: int) -> None:
    """Raise ShapeError where the arrays of a pass take more bytes together than a graph may use."""
    if used > LARGEST_PASS:
        raise ShapeError(
            f"all arrays that are still needed take {used:,} bytes together, wanted at most {LARGEST_PASS:,}"
        )


def check_count(entries: Sized, field: str) -> None:
    """Raise UnsupportedError where there are more entries than nnfs reads."""
    if len(entries) > MOST_ENTRIES:
        raise UnsupportedError(f"{field}: got {len(entries):,}, wanted at most {MOST_ENTRIES:,}")
