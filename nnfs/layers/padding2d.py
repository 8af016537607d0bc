"""The padding layer."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array, Padding
from ..arguments.shapes import Shape, as_sides, check_image_shape, check_size
from .context import Context
from .layer import Layer


class Padding2D(Layer):
    """Put a border of zeros around each image.

    With x (N, C, H, W)::

        y[n, c, h + top, w + left] = x[n, c, h, w],  and 0 on the border
        dx[n, c, h, w] = dy[n, c, h + top, w + left]

    Parameters
    ----------
    padding : int, (rows, columns) or (top, bottom, left, right)
        Width of the border in pixels.
    """

    def __init__(self, padding: int | tuple[int, int] | Padding) -> None:
        self._sides = as_sides(padding, "Padding2D: padding")
        self.padding = padding

    def output_shape(self, input_shape: Shape) -> Shape:
        channels, rows, columns = check_image_shape(input_shape, "Padding2D")
        top, bottom, left, right = self._sides
        shape = (channels, top + rows + bottom, left + columns + right)
        check_size(shape, "Padding2D: an output of shape")
        return shape

    def forward(self, x: Array, ctx: Context) -> Array:
        n, c, h, w = x.shape
        top, bottom, left, right = sides = self._sides
        y = ctx.empty("y", (n, c, top + h + bottom, left + w + right), x.dtype)
        kernels.pad2d_forward(x, sides, y=y)
        ctx.save(input_shape=x.shape)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", ctx.input_shape, dy.dtype)
        kernels.pad2d_backward(dy, self._sides, dx=dx)
        return dx
