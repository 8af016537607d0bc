"""Making images larger without weights."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape, as_pair, check_image_shape, check_size
from ..system.floating_point import quietly
from .context import Context
from .layer import Layer


class Upsample2D(Layer):
    """Make images a whole number of times as large, by repeating pixels or by straight lines between them.

    With x (N, C, H, W) and a factor s, the centre of output row p is at row u = (p + 1/2) / s - 1/2 of the input::

        "nearest":   y[..., p, :] = x[..., floor(p / s), :]
        "bilinear":  y[..., p, :] = (1 - t) x[..., h, :] + t x[..., h + 1, :],  h = floor(u), t = u - h

    and the same for columns. Beyond the edge stands the edge. dx[n, c, h, w] is the sum of dy over all outputs that
    (h, w) has a share in, times that share. These are PyTorch's modes of the same names, with align_corners=False.

    Parameters
    ----------
    scale_factor : int or (rows, columns)
        s, how many times as large.
    mode : "nearest" or "bilinear"
        How to fill in.
    """

    def __init__(
        self, scale_factor: int | tuple[int, int], *, mode: Literal["nearest", "bilinear"] = "nearest"
    ) -> None:
        self._factors = as_pair(scale_factor, "Upsample2D: scale_factor")
        if mode not in ("nearest", "bilinear"):
            raise ValueError(f'Upsample2D: mode must be "nearest" or "bilinear", got {mode!r}')
        self.scale_factor, self.mode = scale_factor, mode

    def output_shape(self, input_shape: Shape) -> Shape:
        channels, height, width = check_image_shape(input_shape, "Upsample2D")
        rows, columns = self._factors
        shape = (channels, height * rows, width * columns)
        check_size(shape, "Upsample2D: an output of shape")
        return shape

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        n, c, h, w = x.shape
        rows, columns = self._factors
        stretch = _repeat if self.mode == "nearest" else _interpolate
        wide = ctx.empty("wide", (n * c * h, w, columns, 1), x.dtype)
        y = ctx.empty("y", (n * c, h, rows, w * columns), x.dtype)
        stretch(x.reshape(n * c * h, w, 1), wide)
        stretch(wide.reshape(n * c, h, w * columns), y)
        ctx.save(input_shape=x.shape)
        return y.reshape(n, c, h * rows, w * columns)

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array:
        n, c, h, w = ctx.input_shape
        rows, columns = self._factors
        shrink = _repeat_backward if self.mode == "nearest" else _interpolate_backward
        dwide = ctx.empty("wide", (n * c, h, w * columns), dy.dtype)
        dx = ctx.empty("dx", (n * c * h, w, 1), dy.dtype)
        shrink(dy.reshape(n * c, h, rows, w * columns), dwide)
        shrink(dwide.reshape(n * c * h, w, columns, 1), dx)
        return dx.reshape(n, c, h, w)


# One axis at a time: x (A, L, B) becomes y (A, L, s, B), where y[:, l, k] is output l s + k along that axis.


def _repeat(x: Array, y: Array) -> None:
    y[...] = x[:, :, None]


def _repeat_backward(dy: Array, dx: Array) -> None:
    np.copyto(dx, dy[:, :, 0])
    for k in range(1, dy.shape[2]):
        dx += dy[:, :, k]


def _interpolate(x: Array, y: Array) -> None:
    for k, (t, here, there, edge) in enumerate(_neighbours(y.shape[2])):
        np.multiply(x, 1 - t, out=y[:, :, k])
        y[:, here, k] += t * x[:, there]
        y[:, edge, k] += t * x[:, edge]


def _interpolate_backward(dy: Array, dx: Array) -> None:
    dx.fill(0)
    for k, (t, here, there, edge) in enumerate(_neighbours(dy.shape[2])):
        dx += (1 - t) * dy[:, :, k]
        dx[:, there] += t * dy[:, here, k]
        dx[:, edge] += t * dy[:, edge, k]


def _neighbours(factor: int) -> list[tuple[float, slice, slice, int]]:
    """Return for each output of a pixel: its neighbour's share, who has such a neighbour, the neighbour, the edge."""
    neighbours = []
    for k in range(factor):
        u = (k + 0.5) / factor - 0.5
        first, last = slice(None, -1), slice(1, None)
        neighbours.append((-u, last, first, 0) if u < 0 else (u, first, last, -1))
    return neighbours
