"""The convolutional layer."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array, Padding, Window
from ..arguments.shapes import Shape, check_size, padded_size, place_window
from ..initializers import Initializer
from .context import Context
from .convolution import Convolution


class Conv2D(Convolution):
    """Slide ``filters`` kernels over a batch of images (cross-correlation, as every framework does).

    With x (N, C, H, W), weight w (F, C/G, KH, KW), bias b (F,), and x taken as 0 outside the image::

        y[n, f, p, q] = b[f] + sum over c, i, j of w[f, c, i, j] x[n, g C/G + c, h, w]
                        where h = p stride + i dilation - top,  w = q stride + j dilation - left
                        and g is the group of filter f: those of group g are g F/G to (g + 1) F/G - 1
        dw[f, c, i, j] = sum over n, p, q of dy[n, f, p, q] x[n, g C/G + c, h, w]
        db[f]          = sum over n, p, q of dy[n, f, p, q]
        dx[n, g C/G + c, h, w] = sum over all f, i, j, p, q that meet there of dy[n, f, p, q] w[f, c, i, j]

    Parameters
    ----------
    filters : int
        F, the number of kernels and of output channels.
    kernel_size, stride, dilation : int or (rows, columns)
        Sizes in pixels.
    padding : int, (rows, columns), (top, bottom, left, right) or "same"
        Zeros around the image; "same" gives P = ceil(H / stride).
    groups : int
        G: the channels and filters are split into G groups that do not see each other.
    use_bias : bool
        Whether b is there.
    initializer, bias_initializer : str or function
        First values of w and b, see `nnfs.initializers`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        *,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | Padding | Literal["same"] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        use_bias: bool = True,
        initializer: str | Initializer = "he_uniform",
        bias_initializer: str | Initializer = "zeros",
    ) -> None:
        super().__init__(
            filters, kernel_size, stride, padding, dilation, groups, use_bias, initializer, bias_initializer
        )

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        self.window, self.output_size = self.place(input_shape)
        shape = (self.filters, input_shape[0] // self.groups, *self.window.size)
        fan_in = math.prod(shape[1:])
        fan_out = self.filters // self.groups * math.prod(self.window.size)
        self.draw_parameters(shape, (self.filters,), fan_in, fan_out, rng, dtype)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", (len(x), self.filters, *self.output_size), x.dtype)
        weight, bias = self.values()
        kernels.conv2d_forward(x, weight, bias, self.window, y=y)
        ctx.x = x
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if self.trainable:
            dweight, dbias = self.gradients()
            kernels.conv2d_backward_params(ctx.x, dy, self.window, dweight=dweight, dbias=dbias)
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype)
        weight, _ = self.values()
        kernels.conv2d_backward_input(dy, weight, self.window, dx=dx)
        return dx

    def multiply_adds(self, input_shape: Shape) -> int:
        per_output = input_shape[0] // self.groups * math.prod(self._geometry.size)
        return per_output * math.prod(self.output_shape(input_shape))

    def pass_size(self, input_shape: Shape) -> int:
        return super().pass_size(input_shape) + padded_size(input_shape, self.place(input_shape)[0].padding)

    def place(self, input_shape: Shape) -> tuple[Window, tuple[int, int]]:
        name, (channels, rows, columns) = type(self).__name__, self.check_groups(input_shape)
        window, output = place_window((rows, columns), *self._geometry, argument=f"{name}: kernel_size")
        self.check_cells(window, (rows, columns), output)
        check_size((self.filters, channels // self.groups, *window.size), f"{name}: a weight of shape")
        check_size((self.filters, *output), f"{name}: an output of shape")
        top, bottom, left, right = window.padding
        check_size((channels, rows + top + bottom, columns + left + right), f"{name}: a padded image of shape")
        return window, output
