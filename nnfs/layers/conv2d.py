"""The convolutional layer."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array, Padding, Window
from ..arguments.hyperparameters import as_flag
from ..arguments.shapes import (
    Shape,
    as_integer,
    as_padding,
    as_pair,
    check_image_shape,
    check_size,
    padded_size,
    place_window,
)
from ..errors import ShapeError
from ..initializers import Initializer, draw, get_initializer
from .context import Context
from .layer import Layer
from .parameter import Parameter


class Conv2D(Layer):
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

    weight: Parameter
    bias: Parameter
    window: Window
    output_size: tuple[int, int]

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
        self.filters = as_integer(filters, "Conv2D: filters")
        self.groups = as_integer(groups, "Conv2D: groups")
        if self.filters % self.groups:
            raise ShapeError(f"Conv2D: filters must be a multiple of groups, got filters={filters}, groups={groups}")
        as_pair(kernel_size, "Conv2D: kernel_size")
        as_pair(stride, "Conv2D: stride")
        as_pair(dilation, "Conv2D: dilation")
        as_padding(padding, "Conv2D: padding")
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, stride, padding, dilation
        self.use_bias = as_flag(use_bias, "Conv2D: use_bias")
        get_initializer(initializer)
        get_initializer(bias_initializer)
        self.initializer = initializer
        self.bias_initializer = bias_initializer

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.filters, *self._place(input_shape)[1])

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        self.window, self.output_size = self._place(input_shape)
        shape = (self.filters, input_shape[0] // self.groups, *self.window.size)
        fan_in = math.prod(shape[1:])
        fan_out = self.filters // self.groups * math.prod(self.window.size)
        self.weight = Parameter(draw(self.initializer, shape, fan_in, fan_out, rng, dtype))
        if self.use_bias:
            self.bias = Parameter(draw(self.bias_initializer, (self.filters,), fan_in, fan_out, rng, dtype))

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", (len(x), self.filters, *self.output_size), x.dtype)
        kernels.conv2d_forward(x, self.weight.value, self.bias.value if self.use_bias else None, self.window, y=y)
        ctx.save(x=x)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dbias = self.bias.grad if self.use_bias else None
        kernels.conv2d_backward_params(ctx.x, dy, self.window, dweight=self.weight.grad, dbias=dbias)
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype)
        kernels.conv2d_backward_input(dy, self.weight.value, self.window, dx=dx)
        return dx

    def multiply_adds(self, input_shape: Shape) -> int:
        per_output = input_shape[0] // self.groups * math.prod(as_pair(self.kernel_size, "kernel_size"))
        return per_output * math.prod(self.output_shape(input_shape))

    def pass_size(self, input_shape: Shape) -> int:
        return super().pass_size(input_shape) + padded_size(input_shape, self._place(input_shape)[0].padding)

    def _place(self, input_shape: Shape) -> tuple[Window, tuple[int, int]]:
        channels, rows, columns = check_image_shape(input_shape, "Conv2D")
        if channels % self.groups:
            raise ShapeError(
                f"Conv2D: groups must divide the input's channels, got groups={self.groups}, {channels} channels"
            )
        size = as_pair(self.kernel_size, "Conv2D: kernel_size")
        window, output = place_window(
            (rows, columns),
            size,
            as_pair(self.stride, "Conv2D: stride"),
            as_padding(self.padding, "Conv2D: padding"),
            as_pair(self.dilation, "Conv2D: dilation"),
            "Conv2D: kernel_size",
        )
        check_size((self.filters, channels // self.groups, *size), "Conv2D: a weight of shape")
        check_size((self.filters, *output), "Conv2D: an output of shape")
        top, bottom, left, right = window.padding
        check_size((channels, rows + top + bottom, columns + left + right), "Conv2D: a padded image of shape")
        return window, output
