"""How large a graph may be, and may make its arrays: checked before they are allocated.

A graph of a few bytes can ask for any size: a border of 2**40 pixels, a row plus a column of 2**30 numbers. All arrays
of a pass have one bound together, that of all readers, see `nnfs.system.memory.check_unpacked`.
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
"""The bytes of a file; the format, protocol buffers, allows no more."""
MOST_ENTRIES = 2**16
"""Of nodes, of values, of numbers or letters in one attribute: each takes many times its bytes in the file."""


_given: ContextVar[int] = ContextVar("_given", default=0)


@contextmanager
def given(held: int) -> Iterator[None]:
    """Let arrays that the body makes be bounded by the bytes that it is given: constants and inputs."""
    token = _given.set(held)
    try:
        yield
    finally:
        _given.reset(token)


def check_array_size(shape: Shape, dtype: np.dtype[np.generic], held: int | None = None) -> None:
    """Raise FormatError where an array of this shape would be too large for what is held, or was `given`."""
    # NumPy multiplies the other sizes even where one is 0.
    wanted = math.prod(size for size in shape if size) * dtype.itemsize
    check_unpacked(wanted, _given.get() if held is None else held, f"an array of shape {short(shape)}")


def check_pass(used: int) -> None:
    """Raise FormatError where the arrays of a pass are too large together for what it was `given`."""
    check_unpacked(used, _given.get(), "all arrays that are still needed")


def check_entries(entries: Sized, field: str) -> None:
    """Raise UnsupportedError where there are more entries than nnfs reads."""
    if len(entries) > MOST_ENTRIES:
        raise UnsupportedError(f"{field}: got {len(entries):,}, wanted at most {MOST_ENTRIES:,}")
