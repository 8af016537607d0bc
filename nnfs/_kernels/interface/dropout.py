"""The contract of the kernels of dropout; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class DropoutKernels(Protocol):
    """The kernel that drops elements at random."""

    def dropout(self, x: Array, key: int, rate: float, *, y: Array) -> None:
        """Write y[i] = x[i] / (1 - rate) where element i is kept, else x[i] times 0, for an array of any shape.

        Element i is kept where the upper 32 bits of number i of SplitMix64 (Steele, Lea and Flood, 2014), begun at
        ``key``, 0 <= key < 2**64, are at least rate * 2**32. Backward, call it with dy as x, and the key of the output.
        """
