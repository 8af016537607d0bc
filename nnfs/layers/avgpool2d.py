"""The average pooling layer."""

from __future__ import annotations

from typing import Literal

from .._kernels import kernels
from .._kernels.interface import Array, Padding
from ..arguments.hyperparameters import as_flag
from .context import Context
from .pooling import Pooling


class AvgPool2D(Pooling):
    """Take the mean of each window of each channel.

    With x (N, C, H, W), taken as 0 outside the image::

        y[n, c, p, q] = sum over i, j of x[n, c, h, w] / count[p, q],  h = p stride + i - top,  w = q stride + j - left
        dx[n, c, h, w] = sum of dy[n, c, p, q] / count[p, q] over the windows p, q that (h, w) is in

    Parameters
    ----------
    pool_size : int or (rows, columns)
        Size of the window in pixels.
    stride : int, (rows, columns) or None
        Step of the window; None is the pool size.
    padding : int, (rows, columns), (top, bottom, left, right) or "same"
        Border of zeros around the image, at most half of the window on each side.
    count_include_pad : bool
        Whether ``count`` is that of all cells of a window, or that of its pixels within the image.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        *,
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] | Padding | Literal["same"] = 0,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(pool_size, stride, padding)
        self.count_include_pad = as_flag(count_include_pad, "AvgPool2D: count_include_pad")

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", (*x.shape[:2], *self.output_size), x.dtype)
        kernels.avgpool2d_forward(x, self.window, self.count_include_pad, y=y)
        ctx.save(input_shape=x.shape)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", ctx.input_shape, dy.dtype)
        kernels.avgpool2d_backward(dy, self.window, self.count_include_pad, dx=dx)
        return dx
