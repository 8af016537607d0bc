"""Cases of the kernels of dense layers and of ReLU.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.
"""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from .._kernels.reference import kernels as reference
from .case import Case
from .draw import Draw
from .windows import magnitude


def _sizes(draw: Draw) -> tuple[int, int, int]:
    """Return numbers of rows, features and outputs, around the widths of vectors; "deep" is enough for many threads."""
    if draw.form == "deep":
        return draw.images * 8, draw.integer(64, 150), draw.integer(33, 130)
    if draw.form == "point":
        return draw.images, 1, 1
    return draw.images, draw.integer(1, 40), draw.integer(1, 40)


def _arrays(draw: Draw) -> tuple[Array, Array, Array | None, Array]:
    rows, features, outputs = _sizes(draw)
    bias = draw.plain(outputs) if draw.rng.random() < 0.7 else None
    return draw.numbers(rows, features), draw.plain(outputs, features), bias, draw.numbers(rows, outputs)


def _forward(draw: Draw, name: str, *rest: float) -> Case:
    x, weight, bias, dy = _arrays(draw)
    case = Case(name, draw, (x, weight, bias, *rest), {"y": draw.unset(*dy.shape)})
    return case.expect_sums((abs(x), abs(weight), magnitude(bias), *rest), y=x.shape[1] + 1)


def dense_forward(draw: Draw) -> Case:
    return _forward(draw, "dense_forward")


def dense_relu_forward(draw: Draw) -> Case:
    return _forward(draw, "dense_relu_forward", draw.slope())


def dense_backward_input(draw: Draw) -> Case:
    x, weight, bias, dy = _arrays(draw)
    case = Case("dense_backward_input", draw, (dy, weight), {"dx": draw.unset(*x.shape)})
    case.expect_sums((abs(dy), abs(weight)), dx=len(weight))
    return case.expect_slope("dx", lambda x: float(np.vdot(dy, _multiply(x, weight, bias))), x)


def dense_backward_params(draw: Draw) -> Case:
    x, weight, _, dy = _arrays(draw)
    # NaN and infinity only in x.
    dy = draw.plain(*dy.shape)
    outputs = {
        "dweight": draw.plain(*weight.shape),
        "dbias": draw.plain(len(weight)) if draw.rng.random() < 0.7 else None,
    }
    case = Case("dense_backward_params", draw, (x, dy), outputs)
    case.expect_sums((abs(x), abs(dy)), dweight=len(x) + 1, dbias=len(x) + 1)
    case.expect_slope("dweight", lambda weight: float(np.vdot(dy, _multiply(x, weight, None))), weight)
    if outputs["dbias"] is None:
        return case
    return case.expect_slope(
        "dbias", lambda bias: float(np.vdot(dy, _multiply(x, weight, bias))), np.zeros(len(weight), x.dtype)
    )


def dense_relu_backward(draw: Draw) -> Case:
    x, weight, _, y = _arrays(draw)
    # NaN and infinity only in x and y.
    dy, weight, slope = draw.plain(*y.shape), draw.plain(*weight.shape), draw.slope()
    reference.relu_forward(y, slope, y=y)
    outputs = {
        "dweight": draw.plain(*weight.shape),
        "dbias": draw.plain(len(weight)) if draw.rng.random() < 0.7 else None,
        "dx": draw.unset(*x.shape),
    }
    case = Case("dense_relu_backward", draw, (dy, x, weight, y, slope), outputs)
    case.expect_sums((abs(dy), abs(x), abs(weight), y, slope), dweight=len(x) + 1, dbias=len(x) + 1, dx=len(weight))
    passed = np.where(y > 0, dy, slope * dy)
    case.expect_slope("dweight", lambda weight: float(np.vdot(passed, _multiply(x, weight, None))), weight)
    return case.expect_slope("dx", lambda x: float(np.vdot(passed, _multiply(x, weight, None))), x)


def _multiply(x: Array, weight: Array, bias: Array | None) -> Array:
    y = np.empty((len(x), len(weight)), x.dtype)
    reference.dense_forward(x, weight, bias, y=y)
    return y


def any_shape(draw: Draw) -> tuple[int, ...]:
    """Return a shape of 1 to 4 axes; for the form "deep", one with enough elements for several threads."""
    if draw.form == "deep":
        return draw.images, draw.integer(8_000, 12_000)
    return (draw.images, *(draw.integer(1, 9) for _ in range(draw.integer(0, 3))))


def relu_forward(draw: Draw) -> Case:
    x = draw.numbers(*any_shape(draw))
    return Case("relu_forward", draw, (x, draw.slope()), {"y": draw.unset(*x.shape)}).expect_equal()


def relu_backward(draw: Draw) -> Case:
    shape = any_shape(draw)
    y, dy, slope = draw.numbers(*shape), draw.numbers(*shape), draw.slope()
    case = Case("relu_backward", draw, (dy, y, slope), {"dx": draw.unset(*shape)}).expect_equal()
    # At 1 and -1, so that the differences stay on one side of the kink at 0.
    inputs = np.where(y > 0, 1.0, -1.0)
    return case.expect_slope("dx", lambda x: float(np.vdot(dy, np.maximum(x, slope * x))), inputs, step=1e-2)
