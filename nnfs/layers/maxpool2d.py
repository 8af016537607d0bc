"""The max pooling layer."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array, Padding, Window
from ..arguments.shapes import LARGEST, Shape
from ..errors import ShapeError
from .context import Context
from .pooling import Pooling


class MaxPool2D(Pooling):
    """Keep the largest pixel of each window of each channel.

    With x (N, C, H, W)::

        y[n, c, p, q] = max over i, j of x[n, c, h, w],  h = p stride + i - top,  w = q stride + j - left
        dx[n, c, h, w] = sum of dy[n, c, p, q] over the windows p, q that (h, w) has won

    Of equal pixels the first in row-major order wins; NaN beats every number; padding never wins.

    Parameters
    ----------
    pool_size : int or (rows, columns)
        Size of the window in pixels.
    stride : int, (rows, columns) or None
        Step of the window; None is the pool size.
    padding : int, (rows, columns), (top, bottom, left, right) or "same"
        Border around the image, at most half of the window on each side.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        *,
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] | Padding | Literal["same"] = 0,
    ) -> None:
        super().__init__(pool_size, stride, padding)

    def forward(self, x: Array, ctx: Context) -> Array:
        shape = (*x.shape[:2], *self.output_size)
        y = ctx.empty("y", shape, x.dtype)
        argmax = ctx.empty("argmax", shape, np.int32)
        kernels.maxpool2d_forward(x, self.window, y=y, argmax=argmax)
        ctx.save(input_shape=x.shape, argmax=argmax)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", ctx.input_shape, dy.dtype)
        kernels.maxpool2d_backward(dy, ctx.argmax, dx=dx)
        return dx

    def place(self, input_shape: Shape) -> tuple[Window, tuple[int, int]]:
        placed = super().place(input_shape)
        rows, columns = input_shape[1:]
        if rows * columns > LARGEST:
            raise ShapeError(f"MaxPool2D: an image may have at most {LARGEST} pixels, got {rows} x {columns}")
        return placed
