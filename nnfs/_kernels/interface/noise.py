"""The contract of the kernels of noise; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class NoiseKernels(Protocol):
    """The kernel that adds normal noise."""

    def add_noise(self, x: Array, key: int, deviation: float, *, y: Array) -> None:
        """Write y[i] = x[i] + deviation sqrt(-2 log(u)) cos(2 pi v), a normal number (Box and Muller, 1958).

        For an array of any shape. r being number i of SplitMix64 begun at ``key``, 0 <= key < 2**64, u is (the upper
        32 bits of r + 1) / 2**32, and v is the lower 32 bits of r / 2**32.
        """
