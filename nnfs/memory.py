"""Memory: how much there is, and arrays that begin at a cache line, which vector instructions read fastest."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ._kernels.interface import Array

LINE = 64
"""Bytes in a cache line, and in the longest vector."""


def aligned_empty(size: int, dtype: Any) -> Array:
    """Return an uninitialized vector of ``size`` elements that begins at a cache line; the caller owns it.

    NumPy begins its arrays anywhere, and then each long vector lies across two lines: the gradients of a dense layer
    took a fifth longer.
    """
    dtype = np.dtype(dtype)
    memory = np.empty(size * dtype.itemsize + LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % LINE
    return memory[start : start + size * dtype.itemsize].view(dtype)


def memory_bytes() -> int | None:
    """Return how much memory this computer has, or None where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
