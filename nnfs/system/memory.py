"""Memory: how much the computer has, how much a file may ask for, and arrays that begin at a cache line."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError

LINE = 64
"""Bytes of a cache line, and of the longest vector register."""
SMALL = 2**28
"""Bytes of memory that the contents of any file may take, however small the file is."""
LARGEST_RATIO = 1024
"""The largest ratio of memory to bytes of a file; deflate, the compression of PNG and gzip, reaches 1,032."""


def aligned_empty(size: int, dtype: Any) -> Array:
    """Return a new uninitialized array of shape (size,) that begins at a cache line; the caller owns it.

    NumPy may begin an array anywhere in a cache line. Vector instructions then read across two lines, and the
    gradients of a dense layer took a fifth longer.
    """
    dtype = np.dtype(dtype)
    memory = np.empty(size * dtype.itemsize + LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % LINE
    return memory[start : start + size * dtype.itemsize].view(dtype)


def check_unpacked(wanted: int, held: int, what: str) -> None:
    """Raise FormatError when the contents of a file would take far more memory than the file's size justifies.

    Call it before the memory is allocated: a file of a few bytes can name an image, an array or a network of any size.
    The limit is 256 MiB or 1,024 times ``held``, whichever is more.

    Parameters
    ----------
    wanted : int
        Bytes of memory that the contents would take.
    held : int
        Bytes of the file or files, and of a sample that the user gives with them.
    what : str
        The name of the contents, for the message.
    """
    largest = max(SMALL, LARGEST_RATIO * held)
    if wanted > largest:
        raise FormatError(f"{what} would take {wanted:,} bytes, wanted at most {largest:,} for {held:,} bytes of data")


def memory_bytes() -> int | None:
    """Return the bytes of memory of this computer, or None when the system does not report them."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
