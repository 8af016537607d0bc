"""Cases of the fused kernels: convolution with ReLU, and with ReLU and max pooling, and a sum with ReLU.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.
ReLU and the maximum do not enlarge rounding errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from .._kernels.reference import kernels as reference
from .case import Case
from .dense import any_shape
from .draw import Draw
from .windows import DrawnConvolution, convolution, expect_slopes_of_params, forward, magnitude


def conv2d_relu_forward(draw: Draw) -> Case:
    c = convolution(draw)
    rest = c.window, draw.slope()
    case = Case("conv2d_relu_forward", draw, (c.x, c.weight, c.bias, *rest), {"y": draw.unset(*c.dy.shape)})
    return case.expect_sums((abs(c.x), abs(c.weight), magnitude(c.bias), *rest), y=c.weight[0].size + 1)


def conv2d_relu_maxpool2d_forward(draw: Draw) -> Case:
    c = convolution(draw)
    pool, size = draw.pool(c.output_size)
    shape = *c.dy.shape[:2], *size
    outputs = {"y": draw.unset(*shape), "argmax": draw.unset_indices(*shape)}
    name, rest = "conv2d_relu_maxpool2d_forward", (c.window, c.output_size, pool, draw.slope())
    case = Case(name, draw, (c.x, c.weight, c.bias, *rest), outputs)
    case.expect_sums((abs(c.x), abs(c.weight), magnitude(c.bias), *rest), y=c.weight[0].size + 1)
    if not draw.is_exact:  # two outputs that differ by less than rounding may swap places
        case.allowed["argmax"] = np.inf
    return case


def conv2d_relu_backward(draw: Draw) -> Case:
    c = convolution(draw)
    c = c._replace(x=draw.plain(*c.x.shape))
    y = forward(c.x, c.weight, c.bias, c.window, c.output_size)
    dy, slope, masked = _rectify(draw, y)
    return _backward(draw, "conv2d_relu_backward", c, dy, (y,), (c.window, slope), masked)


def conv2d_relu_maxpool2d_backward(draw: Draw) -> Case:
    c = convolution(draw)
    c = c._replace(x=draw.plain(*c.x.shape))
    pool, size = draw.pool(c.output_size)
    full = forward(c.x, c.weight, c.bias, c.window, c.output_size)
    y, argmax = np.empty((*full.shape[:2], *size), full.dtype), np.empty((*full.shape[:2], *size), np.int32)
    reference.maxpool2d_forward(full, pool, y=y, argmax=argmax)
    dy, slope, masked = _rectify(draw, y)
    gradient = np.empty_like(full)
    reference.maxpool2d_backward(masked, argmax, dx=gradient)
    rest = c.window, c.output_size, slope
    # If several windows have the same maximum, their gradients are added before the convolution's sums.
    overlaps = max((int(np.bincount(places.ravel()).max()) for plane in argmax for places in plane), default=0)
    return _backward(draw, "conv2d_relu_maxpool2d_backward", c, dy, (y, argmax), rest, gradient, overlaps)


def add_relu(draw: Draw) -> Case:
    shape = any_shape(draw)
    a, b, slope = draw.numbers(*shape), draw.numbers(*shape), draw.slope()
    return Case("add_relu", draw, (a, b, slope), {"y": draw.unset(*shape)}).expect_equal()


def _rectify(draw: Draw, y: Array) -> tuple[Array, float, Array]:
    """Apply ReLU to y in place, and return a gradient dy for it, the slope, and the gradient behind the ReLU.

    For the kind "special", some y are NaN, and dy is infinite wherever a ReLU of slope 0 must drop it.
    """
    dy, slope = draw.plain(*y.shape), draw.slope()
    reference.relu_forward(y, slope, y=y)
    if draw.kind == "special":
        y[draw.rng.random(y.shape) < 0.05] = np.nan
        if slope == 0:
            dy[y <= 0] = np.inf
    masked = np.empty_like(dy)
    reference.relu_backward(dy, y, slope, dx=masked)
    return dy, slope, masked


def _backward(
    draw: Draw,
    name: str,
    c: DrawnConvolution,
    dy: Array,
    outputs: tuple[Array, ...],
    rest: tuple[Any, ...],
    gradient: Array,
    overlaps: int = 1,
) -> Case:
    """Return a case of a fused backward kernel.

    ``gradient`` is the gradient of the output of the convolution, before ReLU and pooling. ``overlaps`` is the largest
    number of pooling windows that have their maximum at one pixel.
    """
    written = {
        "dweight": draw.plain(*c.weight.shape),
        "dbias": draw.plain(len(c.weight)) if draw.rng.random() < 0.7 else None,
        "dx": draw.unset(*c.x.shape) if draw.rng.random() < 0.7 else None,
    }
    case = Case(name, draw, (dy, c.x, c.weight, *outputs, *rest), written)
    params, inputs = c.params_terms + overlaps, c.input_terms + overlaps
    magnitudes = abs(dy), abs(c.x), abs(c.weight), *outputs, *rest
    case.expect_sums(magnitudes, dweight=params, dbias=params, dx=inputs)
    expect_slopes_of_params(case, c, gradient)
    if written["dx"] is None:
        return case
    return case.expect_slope(
        "dx", lambda x: float(np.vdot(gradient, forward(x, c.weight, c.bias, c.window, c.output_size))), c.x
    )
