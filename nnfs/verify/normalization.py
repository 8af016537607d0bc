"""Cases of the kernels of batch normalization, alone and with ReLU and a pool behind it, and of layer normalization.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.
"""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array, Window
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


def _rectified(draw: Draw) -> tuple[Array, Array, Array, Window | None, tuple[int, int], bool]:
    """Return x (N, C, H, W), weight and bias (C,), a pool or None, the size of what it gives, and whether to train."""
    channels, size = draw.integer(1, 9), draw.pair(1, 17)
    if draw.form == "deep":
        channels, size = draw.integer(65, 90), draw.pair(10, 12)
    elif draw.form in ("point", "primes"):
        channels, size = draw.integer(1, 140), (1, 1)
    shape = draw.images, channels, *size
    pool = None
    if draw.rng.random() < 0.5:
        pool, size = draw.pool(size)
    training = draw.images * shape[2] * shape[3] > 1 and draw.rng.random() < 0.7
    return draw.numbers(*shape), draw.plain(channels), draw.plain(channels), pool, size, training


def _by_channel(x: Array) -> Array:
    return x.reshape(*x.shape[:2], x.shape[2] * x.shape[3])


def batchnorm_relu_forward(draw: Draw) -> Case:
    x, weight, bias, pool, size, training = _rectified(draw)
    c, count, shape = x.shape[1], x[:, 0].size, (*x.shape[:2], *size)
    before_mean, before_var = draw.plain(c), abs(draw.plain(c))
    outputs = {
        "y": draw.unset(*shape),
        "argmax": None if pool is None else draw.unset_indices(*shape),
        "mean": draw.unset(c),
        "variance": draw.unset(c),
        "running_mean": before_mean,
        "running_var": before_var,
        "num_batches_tracked": np.array(3, np.int64),
    }
    arguments = x, weight, bias, EPSILON, 0.25, draw.slope(), pool, training
    case = Case("batchnorm_relu_forward", draw, arguments, outputs).expect_float64()
    with np.errstate(all="ignore"):
        x, weight, bias = _wide(abs(x), *(abs(array)[:, None, None] for array in (weight, bias)))
        mean = x.sum(axis=(0, 2, 3)) / max(count, 1) if training else abs(case.exact["mean"])
        variance = case.exact["variance"] + mean**2
        y = weight * (x + mean[:, None, None]) / np.sqrt(case.exact["variance"] + EPSILON)[:, None, None] + bias
        if pool is not None:
            full, y = y, np.empty(shape)
            reference.maxpool2d_forward(full, pool, y=y, argmax=np.empty(shape, np.int32))
        _allow(case, count, y=y, mean=mean, variance=variance)
        _allow(case, count, running_mean=mean + abs(before_mean), running_var=2 * variance + before_var)
    if not draw.is_exact:  # two pixels that differ by less than rounding may swap places
        case.allowed["argmax"] = np.inf
    return case


def batchnorm_relu_backward(draw: Draw) -> Case:
    x, weight, bias, pool, size, training = _rectified(draw)
    c, count, shape, slope = x.shape[1], x[:, 0].size, (*x.shape[:2], *size), draw.slope()
    y, dy, gradient = np.zeros(shape, x.dtype), draw.plain(*shape), draw.plain(*x.shape)
    argmax = None if pool is None else np.zeros(shape, np.int32)
    mean, variance = draw.plain(c), abs(draw.plain(c))
    with np.errstate(all="ignore"):
        reference.batchnorm_relu_forward(
            *(x, weight, bias, EPSILON, 0.25, slope, pool, training),
            y=y,
            argmax=argmax,
            mean=mean,
            variance=variance,
            running_mean=mean.copy(),
            running_var=variance.copy(),
            num_batches_tracked=np.array(0, np.int64),
        )
        reference.relu_backward(dy, y, slope, dx=(masked := np.empty_like(dy)))
        if argmax is None:
            gradient = masked
        else:
            reference.maxpool2d_backward(masked, argmax, dx=gradient)
    dweight, dbias = draw.plain(c), draw.plain(c)
    dx = draw.unset(*x.shape) if draw.rng.random() < 0.7 else None
    outputs = {"dweight": dweight, "dbias": dbias, "dx": dx}
    arguments = dy, x, y, argmax, mean, variance, weight, EPSILON, slope, training
    case = Case("batchnorm_relu_backward", draw, arguments, outputs).expect_float64()

    def function(x: Array) -> float:
        z, m, v = np.zeros_like(_by_channel(x)), *_wide(mean.copy(), variance.copy())
        if training:
            reference.batchnorm_forward(_by_channel(x), weight, bias, EPSILON, y=z, mean=m, variance=v)
        else:
            reference.batchnorm_apply(_by_channel(x), m, v, weight, bias, EPSILON, y=z)
        return float(np.vdot(gradient, z))

    if dx is not None:
        case.expect_slope("dx", function, x, step=1e-4, tolerance=1e-7)
    with np.errstate(all="ignore"):
        x, g = (_by_channel(array) for array in _wide(abs(x), abs(gradient)))
        s = 1 / np.sqrt(variance.astype(np.float64) + EPSILON)
        z = (x + abs(mean)[:, None]) * s[:, None]
        b, w = g.sum(axis=(0, 2)), (g * z).sum(axis=(0, 2))
        shares = (b[:, None] + z * w[:, None]) / max(count, 1) if training else 0
        size = (abs(weight) * s)[:, None] * (g + shares)
        count += y[:, 0].size  # where windows of the pool overlap, the sums of their gradients are rounded too
        return _allow(case, count, dweight=w + abs(dweight), dbias=b + abs(dbias), dx=size.reshape(gradient.shape))


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
