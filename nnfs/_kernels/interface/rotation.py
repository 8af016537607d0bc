"""The contract of the kernels of rotation; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class RotationKernels(Protocol):
    """The kernel that rotates images."""

    def rotate2d(self, x: Array, cos: Array, sin: Array, *, y: Array) -> None:
        """Rotate each image of x (N, C, H, W) about its centre by the angle whose cosine and sine are cos and sin (N,).

        With i and j counted from the centre, down and to the right, y[n, c, i, j] is x[n, c] at row
        cos[n] i + sin[n] j and column cos[n] j - sin[n] i, by bilinear interpolation of the four pixels around, taken
        as 0 outside the image. A row or column that is NaN counts as outside.
        """
