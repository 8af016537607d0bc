"""bfloat16: the upper 16 bits of float32. NumPy does not have it; files that hold it are read as float32."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array


def widen(bits: Array) -> Array:
    """Return the float32 numbers whose upper 16 bits are given as uint16."""
    wide = bits.astype(np.uint32)
    wide <<= 16
    return wide.view(np.float32)


def round_to_bfloat16(x: Array) -> Array:
    """Return float32 numbers rounded to those that bfloat16 has, halves to even."""
    bits = np.require(x, np.float32, "C").view(np.uint32)
    rounded = bits + (np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1)))
    return np.where(np.isfinite(x), (rounded & np.uint32(0xFFFF0000)).view(np.float32), x)
