"""Cases of the kernels of batch and layer normalization.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.
"""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from .._kernels.reference import kernels as reference
from .case import Case
from .draw import Draw

EPSILON = 0.1
"""Large, so that finite differences are accurate even if the few numbers of a channel lie close together."""


def _arrays(draw: Draw) -> tuple[Array, Array, Array, Array]:
    """Return x and dy (N, C, L), weight and bias (C,); the form "deep" has enough elements for several threads."""
    if draw.form == "deep":
        shape = draw.images * 4, draw.integer(65, 90), draw.integer(100, 150)
    elif draw.form in ("point", "primes"):
        shape = draw.images, draw.integer(1, 140), 1
    else:
        shape = draw.images, draw.integer(1, 9), draw.integer(2, 150)
    return draw.numbers(*shape), draw.plain(*shape), draw.plain(shape[1]), draw.plain(shape[1])


def _rows(draw: Draw) -> tuple[Array, Array, Array, Array]:
    """Return x and dy (N, D), weight and bias (D,) for layer normalization."""
    shape = (draw.images * 40, draw.integer(65, 200)) if draw.form == "deep" else (draw.images, draw.integer(1, 140))
    return draw.numbers(*shape), draw.plain(*shape), draw.plain(shape[1]), draw.plain(shape[1])


def _allow(case: Case, count: int, **sizes: Array) -> Case:
    """Allow the rounding errors of sums of ``count`` terms; ``sizes`` are the sums of the terms' absolute values."""
    info = np.finfo(case.draw.dtype)
    for name, size in sizes.items():
        case.allowed[name] = 4 * (count + 8) * (info.eps * size + info.tiny)
    return case


def _wide(*arrays: Array) -> list[Array]:
    return [array.astype(np.float64) for array in arrays]


def batchnorm_forward(draw: Draw) -> Case:
    x, _, weight, bias = _arrays(draw)
    c, count = x.shape[1], len(x) * x.shape[2]
    outputs = {"y": draw.unset(*x.shape), "mean": draw.unset(c), "variance": draw.unset(c)}
    case = Case("batchnorm_forward", draw, (x, weight, bias, EPSILON), outputs).expect_float64()
    with np.errstate(all="ignore"):
        x, weight, bias = _wide(abs(x), abs(weight)[:, None], abs(bias)[:, None])
        mean = x.sum(axis=(0, 2)) / max(count, 1)
        variance = case.exact["variance"] + mean**2
        y = weight * (x + mean[:, None]) / np.sqrt(case.exact["variance"] + EPSILON)[:, None] + bias
        return _allow(case, count, y=y, mean=mean, variance=variance)


def batchnorm_apply(draw: Draw) -> Case:
    x, _, weight, bias = _arrays(draw)
    mean, variance = draw.plain(x.shape[1]), abs(draw.plain(x.shape[1]))
    arguments = x, mean, variance, weight, bias, EPSILON
    case = Case("batchnorm_apply", draw, arguments, {"y": draw.unset(*x.shape)}).expect_float64()
    x, mean, variance, weight, bias = _wide(x, *(array[:, None] for array in arguments[1:5]))
    size = abs(weight) * (abs(x) + abs(mean)) / np.sqrt(variance + EPSILON) + abs(bias)
    return _allow(case, 1, y=size)


def batchnorm_backward(draw: Draw) -> Case:
    x, dy, weight, bias = _arrays(draw)
    mean, variance = draw.plain(x.shape[1]), abs(draw.plain(x.shape[1]))
    with np.errstate(all="ignore"):
        reference.batchnorm_forward(x, weight, bias, EPSILON, y=np.empty_like(x), mean=mean, variance=variance)
    outputs = {"dweight": draw.plain(x.shape[1]), "dbias": draw.plain(x.shape[1]), "dx": draw.unset(*x.shape)}
    case = Case("batchnorm_backward", draw, (dy, x, mean, variance, weight, EPSILON), outputs).expect_float64()

    def function(x: Array) -> float:
        y = np.zeros_like(x)
        reference.batchnorm_forward(x, weight, bias, EPSILON, y=y, mean=mean.copy(), variance=variance.copy())
        return float(np.vdot(dy, y))

    case.expect_slope("dx", function, x, step=1e-4, tolerance=1e-7)
    count = len(x) * x.shape[2]
    with np.errstate(all="ignore"):
        s = 1 / np.sqrt(variance.astype(np.float64) + EPSILON)
        z = (abs(x) + abs(mean)[:, None]) * s[:, None]
        b, w = abs(dy).sum(axis=(0, 2), dtype=np.float64), (abs(dy) * z).sum(axis=(0, 2))
        dx = (abs(weight) * s)[:, None] * (abs(dy) + (b[:, None] + z * w[:, None]) / max(count, 1))
        return _allow(case, count, dweight=w + abs(outputs["dweight"]), dbias=b + abs(outputs["dbias"]), dx=dx)


def layernorm_forward(draw: Draw) -> Case:
    x, _, weight, bias = _rows(draw)
    outputs = {"y": draw.unset(*x.shape), "mean": draw.unset(len(x)), "scale": draw.unset(len(x))}
    case = Case("layernorm_forward", draw, (x, weight, bias, EPSILON), outputs).expect_float64()
    with np.errstate(all="ignore"):
        x, weight, bias = _wide(abs(x), abs(weight), abs(bias))
        mean, scale = x.sum(axis=1) / x.shape[1], case.exact["scale"]
        y = weight * (x + mean[:, None]) * scale[:, None] + bias
        # A relative change of the variance changes the scale, 1 / sqrt(variance + epsilon), by at most half as much.
        return _allow(case, x.shape[1], y=y, mean=mean, scale=scale * (1 + mean**2))


def layernorm_backward(draw: Draw) -> Case:
    x, dy, weight, bias = _rows(draw)
    mean, scale = np.empty(len(x), x.dtype), np.empty(len(x), x.dtype)
    with np.errstate(all="ignore"):
        reference.layernorm_forward(x, weight, bias, EPSILON, y=np.empty_like(x), mean=mean, scale=scale)
    outputs = {"dweight": draw.plain(x.shape[1]), "dbias": draw.plain(x.shape[1]), "dx": draw.unset(*x.shape)}
    case = Case("layernorm_backward", draw, (dy, x, mean, scale, weight), outputs).expect_float64()

    def function(x: Array) -> float:
        y = np.empty_like(x)
        reference.layernorm_forward(x, weight, bias, EPSILON, y=y, mean=mean.copy(), scale=scale.copy())
        return float(np.vdot(dy, y))

    case.expect_slope("dx", function, x, step=1e-4, tolerance=1e-7)
    with np.errstate(all="ignore"):
        x, dy, weight, mean, scale = _wide(abs(x), abs(dy), abs(weight), abs(mean)[:, None], scale[:, None])
        z, g = (x + mean) * scale, dy * weight
        sums = g.sum(axis=1, keepdims=True) + z * (g * z).sum(axis=1, keepdims=True)
        dweight, dbias = (dy * z).sum(axis=0) + abs(outputs["dweight"]), dy.sum(axis=0) + abs(outputs["dbias"])
        count = len(x) + x.shape[1]
        return _allow(case, count, dweight=dweight, dbias=dbias, dx=scale * (g + sums / x.shape[1]))
