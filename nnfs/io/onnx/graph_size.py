"""Limits for the size of a graph and of the arrays that it computes, checked before memory is allocated.

A graph of a few bytes can make arrays of any size: a border of 2**40 pixels, a row plus a column of 2**30 numbers. The
limit for all arrays of one run together is that of `nnfs.system.memory.check_unpacked`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from ...arguments.shapes import Shape
from ...errors import UnsupportedError
from ...system.memory import check_unpacked
from ..strict_json import short

LARGEST_FILE = 2**31 - 1
"""The largest number of bytes of a file; the format, protocol buffers, allows no more."""
MOST_ENTRIES = 2**16
"""The largest number of nodes, of values, and of numbers or letters in one attribute.

In memory each of them takes many times its bytes in the file.
"""


_given: ContextVar[int] = ContextVar("_given", default=0)


@contextmanager
def given(held: int) -> Iterator[None]:
    """Set the limit of `check_array_size` and `check_pass` within the ``with`` block from ``held`` bytes.

    ``held`` is the bytes of the graph's constants and inputs.
    """
    token = _given.set(held)
    try:
        yield
    finally:
        _given.reset(token)


def check_array_size(shape: Shape, dtype: np.dtype[np.generic], held: int | None = None) -> None:
    """Raise FormatError when an array of this shape is too large for ``held`` bytes of data; default: those `given`."""
    # NumPy multiplies the other sizes even if one is 0.
    wanted = math.prod(size for size in shape if size) * dtype.itemsize
    check_unpacked(wanted, _given.get() if held is None else held, f"an array of shape {short(shape)}")


def check_pass(used: int) -> None:
    """Raise FormatError when the arrays of a run, ``used`` bytes together, are too large for the bytes `given`."""
    check_unpacked(used, _given.get(), "all arrays that are still needed")


def check_entries(entries: Sized, field: str) -> None:
    """Raise UnsupportedError, which names ``field``, for more than 65,536 entries."""
    if len(entries) > MOST_ENTRIES:
        raise UnsupportedError(f"{field}: got {len(entries):,}, wanted at most {MOST_ENTRIES:,}")
