"""Cases of the kernels with windows on images: padding, convolution, pooling, rotation.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.interface import Array, Window
from .._kernels.reference import kernels as reference
from .case import Case
from .draw import Draw


def pad2d_forward(draw: Draw) -> Case:
    size, window, _ = draw.window()
    top, bottom, left, right = window.padding
    x = draw.numbers(draw.images, draw.integer(1, 30), *size)
    y = draw.unset(*x.shape[:2], top + size[0] + bottom, left + size[1] + right)
    return Case("pad2d_forward", draw, (x, window.padding), {"y": y}).expect_equal()


def pad2d_backward(draw: Draw) -> Case:
    size, window, _ = draw.window()
    top, bottom, left, right = window.padding
    shape = draw.images, draw.integer(1, 30)
    dy = draw.numbers(*shape, top + size[0] + bottom, left + size[1] + right)
    dx = draw.unset(*shape, *size)

    def function(x: Array) -> float:
        y = np.empty(dy.shape)
        reference.pad2d_forward(x, window.padding, y=y)
        return float(np.vdot(dy, y))

    case = Case("pad2d_backward", draw, (dy, window.padding), {"dx": dx}).expect_equal()
    return case.expect_slope("dx", function, np.ones(dx.shape))


class DrawnConvolution(NamedTuple):
    """The arrays of a convolution: x (N, C, H, W), weight (F, C/groups, KH, KW), bias (F,), dy (N, F, P, Q)."""

    x: Array
    weight: Array
    bias: Array | None
    dy: Array
    window: Window

    @property
    def output_size(self) -> tuple[int, int]:
        """The rows and columns (P, Q) of the output."""
        return self.dy.shape[2], self.dy.shape[3]

    @property
    def input_terms(self) -> int:
        """The largest number of products in the gradient of a pixel of x."""
        groups = self.x.shape[1] // self.weight.shape[1]
        return self.weight[:, 0].size // groups

    @property
    def params_terms(self) -> int:
        """The largest number of products in the gradient of a weight."""
        return len(self.x) * self.output_size[0] * self.output_size[1]


def convolution(draw: Draw) -> DrawnConvolution:
    """Return random arrays of a convolution. x and dy have the case's kind of numbers, weight and bias are finite."""
    groups, channels, filters = draw.channels()
    size, window, output_size = draw.window()
    weight = draw.plain(groups * filters, channels, *window.size)
    bias = draw.plain(groups * filters) if draw.rng.random() < 0.7 else None
    x = draw.numbers(draw.images, groups * channels, *size)
    return DrawnConvolution(x, weight, bias, draw.numbers(draw.images, groups * filters, *output_size), window)


def forward(x: Array, weight: Array, bias: Array | None, window: Window, output_size: tuple[int, int]) -> Array:
    """Return the convolution (N, F, P, Q) of x with weight, computed by the reference."""
    y = np.empty((len(x), len(weight), *output_size), x.dtype)
    with np.errstate(all="ignore"):
        reference.conv2d_forward(x, weight, bias, window, y=y)
    return y


def magnitude(array: Array | None) -> Array | None:
    """Return the absolute values of an array; None for None."""
    return None if array is None else abs(array)


def conv2d_forward(draw: Draw) -> Case:
    c = convolution(draw)
    case = Case("conv2d_forward", draw, (c.x, c.weight, c.bias, c.window), {"y": draw.unset(*c.dy.shape)})
    return case.expect_sums((abs(c.x), abs(c.weight), magnitude(c.bias), c.window), y=c.weight[0].size + 1)


def conv2d_backward_input(draw: Draw) -> Case:
    c = convolution(draw)
    case = Case("conv2d_backward_input", draw, (c.dy, c.weight, c.window), {"dx": draw.unset(*c.x.shape)})
    case.expect_sums((abs(c.dy), abs(c.weight), c.window), dx=c.input_terms)
    return case.expect_slope(
        "dx", lambda x: float(np.vdot(c.dy, forward(x, c.weight, c.bias, c.window, c.output_size))), c.x
    )


def conv2d_backward_params(draw: Draw) -> Case:
    c = convolution(draw)
    # NaN and infinity only in x.
    c = c._replace(dy=draw.plain(*c.dy.shape))
    dweight, dbias = draw.plain(*c.weight.shape), draw.plain(len(c.weight)) if draw.rng.random() < 0.7 else None
    outputs = {"dweight": dweight, "dbias": dbias}
    case = Case("conv2d_backward_params", draw, (c.x, c.dy, c.window), outputs)
    case.expect_sums((abs(c.x), abs(c.dy), c.window), dweight=c.params_terms + 1, dbias=c.params_terms + 1)
    return expect_slopes_of_params(case, c, c.dy)


def expect_slopes_of_params(case: Case, c: DrawnConvolution, gradient: Array) -> Case:
    """Expect dweight and dbias to be the derivatives of <gradient, convolution>, which is linear in weight and bias."""
    bias = np.zeros(len(c.weight), c.weight.dtype)

    def of_weight(weight: Array) -> float:
        return float(np.vdot(gradient, forward(c.x, weight, None, c.window, c.output_size)))

    def of_bias(bias: Array) -> float:
        return float(np.vdot(gradient, forward(c.x, c.weight, bias, c.window, c.output_size)))

    case.expect_slope("dweight", of_weight, c.weight)
    return case if case.outputs["dbias"] is None else case.expect_slope("dbias", of_bias, bias)


def maxpool2d_forward(draw: Draw) -> Case:
    size, window, output_size = draw.window()
    x = draw.numbers(draw.images, draw.integer(1, 30), *size)
    outputs = {"y": draw.unset(*x.shape[:2], *output_size), "argmax": draw.unset_indices(*x.shape[:2], *output_size)}
    return Case("maxpool2d_forward", draw, (x, window), outputs).expect_equal()


def maxpool2d_backward(draw: Draw) -> Case:
    # Random indices, so that some pixels are the maximum of many windows.
    size, _, output_size = draw.window()
    shape = draw.images, draw.integer(1, 30)
    dy, dx = draw.numbers(*shape, *output_size), draw.unset(*shape, *size)
    argmax = draw.rng.integers(0, size[0] * size[1], dy.shape).astype(np.int32)

    def function(x: Array) -> float:
        planes = x.reshape(*shape, -1)
        return float(np.vdot(dy, np.take_along_axis(planes, argmax.reshape(*shape, -1), axis=2)))

    case = Case("maxpool2d_backward", draw, (dy, argmax), {"dx": dx}).expect_equal()
    return case.expect_slope("dx", function, np.ones(dx.shape))


def _average(draw: Draw) -> tuple[tuple[int, ...], Window, bool, tuple[int, int]]:
    """Return the shape of x, a pooling window, ``count_include_pad``, and the size (P, Q) of the output."""
    size, _, _ = draw.window()
    window, output_size = draw.pool(size)
    return (draw.images, draw.integer(1, 30), *size), window, bool(draw.integer(0, 1)), output_size


def avgpool2d_forward(draw: Draw) -> Case:
    shape, window, count_include_pad, output_size = _average(draw)
    x, y = draw.numbers(*shape), draw.unset(*shape[:2], *output_size)
    case = Case("avgpool2d_forward", draw, (x, window, count_include_pad), {"y": y})
    terms = min(window.size[0], shape[2]) * min(window.size[1], shape[3])
    return case.expect_rounded((abs(x), window, count_include_pad), y=terms + 1)


def avgpool2d_backward(draw: Draw) -> Case:
    shape, window, count_include_pad, output_size = _average(draw)
    dy, dx = draw.numbers(*shape[:2], *output_size), draw.unset(*shape)
    case = Case("avgpool2d_backward", draw, (dy, window, count_include_pad), {"dx": dx})
    terms = min(window.size[0], output_size[0]) * min(window.size[1], output_size[1])
    case.expect_rounded((abs(dy), window, count_include_pad), dx=terms + 1)

    def function(x: Array) -> float:
        y = np.empty(dy.shape)
        reference.avgpool2d_forward(x, window, count_include_pad, y=y)
        return float(np.vdot(dy, y))

    return case.expect_slope("dx", function, np.ones(shape))


def rotate2d(draw: Draw) -> Case:
    # The position that a pixel is read from is rounded, and neighbours differ by at most twice the largest number.
    size, _, _ = draw.window()
    x = draw.plain(draw.images, draw.integer(1, 3), *size)
    angles = draw.rng.uniform(-np.pi, np.pi, draw.images)
    cos, sin = np.cos(angles).astype(draw.dtype), np.sin(angles).astype(draw.dtype)
    case = Case("rotate2d", draw, (x, cos, sin), {"y": draw.unset(*x.shape)}).expect_float64()
    eps, largest = np.finfo(draw.dtype).eps, float(abs(x).max(initial=0))
    case.allowed["y"] = np.full(x.shape, 8 * eps * largest * (2 + sum(size)))
    return case
