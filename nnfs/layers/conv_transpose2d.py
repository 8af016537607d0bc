"""The transposed convolution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array, Padding, Window
from ..arguments.shapes import Shape, as_pair, as_sides, check_size, padded_size, place_window
from ..errors import ShapeError
from ..initializers import Initializer
from ..system.floating_point import quietly
from .context import Context
from .convolution import Convolution


class ConvTranspose2D(Convolution):
    """Let every pixel of the input add a weighted kernel to the output: a convolution run backward.

    With x (N, C, H, W), weight w (C, F/G, KH, KW) and bias b (F,)::

        y[n, f, p, q] = b[f] + sum over all c, i, j, h, w that meet there of x[n, c, h, w] w[c, f, i, j]
                        where p = h stride + i dilation - top,  q = w stride + j dilation - left
        P = (H - 1) stride - top - bottom + dilation (KH - 1) + output_padding + 1,  and the same for Q

    It is the gradient of a convolution of y to x with the same weight, and its own gradients are that convolution:
    dx = conv2d(dy, w); dw is that convolution's for the input dy and the gradient x; db = sum over n, p, q of dy.

    Parameters
    ----------
    filters : int
        F, the number of output channels.
    kernel_size, stride, dilation : int or (rows, columns)
        Sizes in pixels. A stride of s makes the image about s times as large.
    padding : int, (rows, columns) or (top, bottom, left, right)
        What is cut off the output's border: what the convolution of y to x would pad.
    output_padding : int or (rows, columns)
        Rows at the bottom and columns at the right that are added to the output, fewer than the stride: which of the
        sizes that the convolution would make the same.
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
        padding: int | tuple[int, int] | Padding = 0,
        output_padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        use_bias: bool = True,
        initializer: str | Initializer = "he_uniform",
        bias_initializer: str | Initializer = "zeros",
    ) -> None:
        super().__init__(
            filters, kernel_size, stride, padding, dilation, groups, use_bias, initializer, bias_initializer
        )
        self._sides = as_sides(padding, "ConvTranspose2D: padding")
        self._extra = as_pair(output_padding, "ConvTranspose2D: output_padding", 0)
        strides = self._geometry.stride
        if self._extra[0] >= strides[0] or self._extra[1] >= strides[1]:
            raise ShapeError(
                f"ConvTranspose2D: output_padding must be smaller than stride, got {output_padding} and stride={stride}"
            )
        self.output_padding = output_padding

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        self.window, self.output_size = self.place(input_shape)
        size, stride, *_ = self._geometry
        shape = (input_shape[0], self.filters // self.groups, *size)
        # Each output is met by one in stride * stride of the kernel's cells.
        fan_in = max(input_shape[0] // self.groups * math.prod(size) // math.prod(stride), 1)
        fan_out = math.prod(shape[1:])
        self.draw_parameters(shape, (self.filters,), fan_in, fan_out, rng, dtype)

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", (len(x), self.filters, *self.output_size), x.dtype)
        kernels.conv2d_backward_input(x, self.weight.value, self.window, dx=y)
        if self.use_bias:
            np.add(y, self.bias.value[:, None, None], out=y)
        ctx.save(x=x)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if self.trainable:
            kernels.conv2d_backward_params(dy, ctx.x, self.window, dweight=self.weight.grad, dbias=None)
        if self.trainable and self.use_bias:
            self.bias.grad += dy.sum(axis=(0, 2, 3))
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype)
        kernels.conv2d_forward(dy, self.weight.value, None, self.window, y=dx)
        return dx

    def multiply_adds(self, input_shape: Shape) -> int:
        cells = math.prod(self._geometry.size)
        return math.prod(input_shape) * self.filters // self.groups * cells

    def pass_size(self, input_shape: Shape) -> int:
        window, image = self.place(input_shape)
        return super().pass_size(input_shape) + padded_size((self.filters, *image), window.padding)

    def place(self, input_shape: Shape) -> tuple[Window, tuple[int, int]]:
        """Return the window of the convolution of y to x, and the size of y's images."""
        channels, *image = self.check_groups(input_shape)
        size, stride, _, dilation = self._geometry
        sides, extra = self._sides, self._extra
        check_size((channels, self.filters // self.groups, *size), "ConvTranspose2D: a weight of shape")
        padded = [
            (image[axis] - 1) * stride[axis] + dilation[axis] * (size[axis] - 1) + extra[axis] + 1 for axis in (0, 1)
        ]
        check_size((self.filters, *padded), "ConvTranspose2D: an output, before padding is cut off, of shape")
        rows, columns = padded[0] - sum(sides[:2]), padded[1] - sum(sides[2:])
        if rows < 1 or columns < 1:
            raise ShapeError(
                f"ConvTranspose2D: padding {self.padding} cuts off all of the output, which is {padded[0]} x "
                f"{padded[1]} before; make it smaller"
            )
        window, _ = place_window((rows, columns), size, stride, sides, dilation, "ConvTranspose2D: kernel_size")
        self.check_cells(window, (rows, columns), (image[0], image[1]))
        return window, (rows, columns)
