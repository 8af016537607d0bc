"""Memory: how much there is, and arrays that begin at a cache line, which vector instructions read fastest."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError

LINE = 64
"""Bytes in a cache line, and in the longest vector."""
SMALL = 2**28
"""The bytes that any file may become in memory, however small it is."""
LARGEST_RATIO = 1024
"""How many times its own bytes a larger file may become; deflate, the packing of PNG and gzip, reaches 1,032."""


def aligned_empty(size: int, dtype: Any) -> Array:
    """Return an uninitialized vector of ``size`` elements that begins at a cache line; the caller owns it.

    NumPy begins its arrays anywhere, and then each long vector lies across two lines: the gradients of a dense layer
    took a fifth longer.
    """
    dtype = np.dtype(dtype)
    memory = np.empty(size * dtype.itemsize + LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % LINE
    return memory[start : start + size * dtype.itemsize].view(dtype)


def check_unpacked(wanted: int, held: int, what: str) -> None:
    """Raise FormatError where a file asks for more memory than any reader takes for what it holds.

    Call it before the memory is taken: a file of a few bytes can name an image, an array or a network of any size.

    Parameters
    ----------
    wanted : int
        The bytes of memory that what the file names would take.
    held : int
        The bytes that are there: of the file or files, and of a sample that the user must give beside them.
    what : str
        What would take the memory, for the message.
    """
    largest = max(SMALL, LARGEST_RATIO * held)
    if wanted > largest:
        raise FormatError(f"{what} would take {wanted:,} bytes, wanted at most {largest:,} for {held:,} bytes of data")


def memory_bytes() -> int | None:
    """Return how much memory this computer has, or None where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
