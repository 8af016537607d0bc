"""The window of a convolution or a pool: its size, and how it slides over an image."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Padding: TypeAlias = tuple[int, int, int, int]
"""top, bottom, left, right"""


class Window(NamedTuple):
    """How a window slides over an image; all numbers are pixels, rows before columns.

    Output row p, column q and window cell (i, j) meet the input at row
    ``h = p * stride[0] + i * dilation[0] - top`` and column
    ``w = q * stride[1] + j * dilation[1] - left``.
    """

    size: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
