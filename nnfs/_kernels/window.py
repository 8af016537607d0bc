"""The window of a convolution or a pool: its size, and how it slides over an image."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Padding: TypeAlias = tuple[int, int, int, int]
"""How many pixels are added at the top, bottom, left and right of an image."""


class Window(NamedTuple):
    """How a window slides over an image; all numbers are pixels, rows before columns.

    Cell (i, j) of the window that belongs to output (p, q) lies on the input at row
    ``h = p * stride[0] + i * dilation[0] - top`` and column
    ``w = q * stride[1] + j * dilation[1] - left``; a row or column outside the image is padding.
    """

    size: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
