"""Every way through the kernels of windows, over all that a layer accepts, against the reference.

What is drawn here is what nobody would write: borders beyond the window, another one on each side, steps beyond the
image, images of one pixel and flat ones, channels around the widths of vectors. NNFS_TEST_CASES draws more of it.
"""

from __future__ import annotations

import numpy as np
import pytest
from effort import times

from nnfs._kernels.reference import kernels as reference
from nnfs.arguments.shapes import place_window

HUGE = 2**31 - 1
AROUND_VECTORS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33]


class Draw:
    """Draw whole numbers from a seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def number(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def one_of(self, values):
        return values[self.number(0, len(values) - 1)]


def draw_window(draw, most=40):
    """Return the size of an image, and the window and the size of the output as `place_window` gives them to layers."""
    axes = []
    for _ in range(2):
        length, cells = draw.one_of([1, draw.number(1, 9), draw.number(1, most)]), draw.number(1, 4)
        stride, dilation = (draw.one_of([1, 1, 2, 3, draw.number(1, 2 * most)]) for _ in range(2))
        before, after = (draw.one_of([0, 1, draw.number(0, 4), draw.number(0, most)]) for _ in range(2))
        if cells == 3 and draw.number(0, 9) == 0:
            dilation, before, after = HUGE, HUGE + before // 2, HUGE - before // 2
        after += max((cells - 1) * dilation + 1 - length - before - after, 0)
        axes.append((length, cells, stride, dilation, before, after))
    (height, rows, *steps_h, top, bottom), (width, columns, *steps_w, left, right) = axes
    strides, dilations = zip(steps_h, steps_w, strict=True)
    size = height, width
    return size, *place_window(size, (rows, columns), strides, (top, bottom, left, right), dilations)


def draw_flat_window(draw):
    """Return the same of a wide image, of which a few rows fill a cache: some of such strips lie in the border."""
    size, cells = (draw.number(1, 5), draw.number(50, 224)), (draw.number(1, 3), draw.number(1, 3))
    padding = tuple(draw.number(0, most) for most in draw.one_of([(40, 3, 9, 9), (3, 40, 0, 60), (16, 16, 16, 16)]))
    padding = padding[0], padding[1] + 2, padding[2], padding[3]
    return size, *place_window(size, cells, (draw.number(1, 2), draw.number(1, 2)), padding)


def draw_pool(draw, size):
    """Return a window and the size of the output as a pooling layer has them."""
    if draw.number(0, 3) == 0:
        return (
            place_window(size, (2, 2), (2, 2), (0, 0, 0, 0))
            if min(size) > 1
            else place_window(size, (1, 1), (2, 2), "same")
        )
    cells = tuple(draw.one_of([1, 2, 3, draw.number(1, 50), HUGE]) for _ in range(2))
    stride = tuple(draw.one_of([1, 2, draw.number(1, 50)]) for _ in range(2))
    if HUGE in cells or draw.number(0, 1):
        return place_window(size, cells, stride, "same")
    sides = []
    for axis in (0, 1):
        before = draw.number(0, cells[axis] // 2)
        cells = tuple(min(cells[i], size[i] + before) if i == axis else cells[i] for i in (0, 1))
        sides += [min(before, cells[axis] // 2), draw.number(0, cells[axis] // 2)]
    cells = tuple(min(cells[i], size[i] + sides[2 * i] + sides[2 * i + 1]) for i in (0, 1))
    return place_window(size, cells, stride, tuple(sides))


def draw_three_by_three(draw):
    """Return a window that Winograd's way takes."""
    size, sides = (draw.number(1, 13), draw.number(1, 18)), [draw.number(0, draw.one_of([1, 2, 9])) for _ in range(4)]
    for axis in (0, 1):
        sides[2 * axis + 1] += max(3 - size[axis] - sides[2 * axis] - sides[2 * axis + 1], 0)
    return size, *place_window(size, (3, 3), (1, 1), tuple(sides))


def draw_point(draw):
    """Return the window of a 1x1 convolution without a border; images of some sizes fill vectors."""
    size = draw.number(1, 17), draw.one_of([1, 4, 8, draw.number(1, 17)])
    return size, *place_window(size, (1, 1), (1, 1), (0, 0, 0, 0))


# Groups, and the channels and filters of each; the window.
WAYS = {
    "depthwise": lambda draw: ((draw.one_of(AROUND_VECTORS[1:]), 1, draw.number(1, 3)), draw_window(draw)),
    "depthwise, flat": lambda draw: ((draw.number(2, 5), 1, draw.number(1, 2)), draw_flat_window(draw)),
    "grouped": lambda draw: ((draw.number(2, 4), draw.number(2, 5), draw.number(1, 6)), draw_window(draw)),
    "few filters": lambda draw: ((draw.number(1, 2), draw.number(1, 4), draw.number(1, 4)), draw_window(draw)),
    "flat": lambda draw: ((1, draw.number(1, 3), draw.number(1, 3)), draw_flat_window(draw)),
    "winners": lambda draw: ((1, draw.number(4, 16), draw.number(8, 20)), draw_window(draw, most=9)),
    "winograd": lambda draw: ((draw.number(1, 2), draw.number(12, 20), draw.number(12, 20)), draw_three_by_three(draw)),
    "points": lambda draw: ((draw.number(1, 2), draw.number(1, 70), draw.number(1, 70)), draw_point(draw)),
    "many channels": lambda draw: ((1, draw.number(1, 300), draw.number(1, 9)), draw_window(draw, most=4)),
    "many filters": lambda draw: ((1, draw.number(1, 9), draw.number(1, 300)), draw_window(draw, most=4)),
}


def seeds(way):
    return ([seed, *way.encode()] for seed in range(times(20)))


def assert_near(got, want, terms):
    """Compare with what the rounding of so many terms may change of numbers as large as the largest."""
    for a, b in zip(got, want, strict=True):
        assert np.isfinite(b).all()
        atol = 20 * (terms + 10) * np.finfo(a.dtype).eps * max(1, abs(b).max(initial=0))
        np.testing.assert_allclose(a, b, rtol=0, atol=atol)


def run_convolution(kernels, x, weight, bias, dy, window):
    """Return the results of the plain kernels."""
    y, dx = np.full_like(dy, np.nan), np.full_like(x, np.nan)
    dweight, dbias = np.zeros_like(weight), np.zeros_like(bias)
    kernels.conv2d_forward(x, weight, bias, window, y=y)
    kernels.conv2d_backward_input(dy, weight, window, dx=dx)
    kernels.conv2d_backward_params(x, dy, window, dweight=dweight, dbias=dbias)
    return [y, dx, dweight, dbias]


def run_forward(kernels, x, weight, bias, window, size, pool, pooled_shape, slope):
    """Return the outputs of the fused kernels, and the winners of the pool."""
    y = np.full((*x.shape[:1], len(weight), *size), np.nan, x.dtype)
    pooled, argmax = np.full(pooled_shape, np.nan, x.dtype), np.full(pooled_shape, -7, np.int32)
    kernels.conv2d_relu_forward(x, weight, bias, window, slope, y=y)
    kernels.conv2d_relu_maxpool2d_forward(x, weight, bias, window, size, pool, slope, y=pooled, argmax=argmax)
    return [y, pooled], argmax


def run_backward(kernels, x, weight, bias, window, size, outputs, argmax, gradients, slope):
    """Return the gradients of the fused kernels for given outputs, whose signs rounding might change."""
    results = []
    for y, dy, winners in zip(outputs, gradients, (None, argmax), strict=True):
        out = {"dweight": np.zeros_like(weight), "dbias": np.zeros_like(bias), "dx": np.full_like(x, np.nan)}
        if winners is None:
            kernels.conv2d_relu_backward(dy, x, weight, y, window, slope, **out)
        else:
            kernels.conv2d_relu_maxpool2d_backward(dy, x, weight, y, winners, window, size, slope, **out)
        results += out.values()
    return results


@pytest.mark.parametrize("way", WAYS)
def test_convolutions(build, way, dtype):
    for seed in seeds(way):
        draw = Draw(seed)
        (groups, channels, filters), (size, window, output) = WAYS[way](draw)
        pool, pooled = draw_pool(draw, output)
        work = groups * channels * filters * window.size[0] * window.size[1] * output[0] * output[1]
        images, slope = draw.number(1, 5 if work < 100_000 else 2), draw.one_of([0.0, 0.25])
        shapes = (
            (images, groups * channels, *size),
            (groups * filters, channels, *window.size),
            (groups * filters,),
            (images, groups * filters, *output),
            (images, groups * filters, *pooled),
        )
        x, weight, bias, dy, pooled_dy = (draw.rng.standard_normal(shape).astype(dtype) for shape in shapes)
        terms = max(weight[0].size, filters * weight[0, 0].size, images * dy[0, 0].size)
        given = x, weight, bias
        assert_near(run_convolution(build, *given, dy, window), run_convolution(reference, *given, dy, window), terms)
        rest = *given, window, output, pool, shapes[4], slope
        outputs, argmax = run_forward(reference, *rest)
        assert_near(run_forward(build, *rest)[0], outputs, terms)
        rest = *given, window, output, outputs, argmax, (dy, pooled_dy), slope
        assert_near(run_backward(build, *rest), run_backward(reference, *rest), terms)


def test_pools(build, dtype):
    for seed in seeds("pool"):
        draw = Draw(seed)
        size = draw.number(1, 40), draw.one_of([1, draw.number(1, 40), draw.number(30, 99)])
        window, output = draw_pool(draw, size)
        x = draw.rng.standard_normal((draw.number(1, 3), draw.one_of(AROUND_VECTORS), *size)).astype(dtype)
        dy = draw.rng.standard_normal((*x.shape[:2], *output)).astype(dtype)
        results = []
        for kernels in (build, reference):
            y, argmax, dx = np.full_like(dy, np.nan), np.full(dy.shape, -7, np.int32), np.full_like(x, np.nan)
            kernels.maxpool2d_forward(x, window, y=y, argmax=argmax)
            kernels.maxpool2d_backward(dy, argmax, dx=dx)
            results.append([y, argmax, dx])
            for count_include_pad in (True, False):
                mean, dx = np.full_like(dy, np.nan), np.full_like(x, np.nan)
                kernels.avgpool2d_forward(x, window, count_include_pad, y=mean)
                kernels.avgpool2d_backward(dy, window, count_include_pad, dx=dx)
                results[-1] += [mean, dx]
        for got, want in zip(results[0][:3], results[1][:3], strict=True):
            assert np.array_equal(got, want)
        assert_near(results[0][3:], results[1][3:], max(dy[0, 0].size, x[0, 0].size))


def test_borders(build, dtype):
    for seed in seeds("border"):
        draw = Draw(seed)
        x = draw.rng.standard_normal((draw.number(1, 3), draw.number(1, 5), draw.number(1, 9), draw.number(1, 40)))
        x, padding = x.astype(dtype), tuple(draw.one_of([0, 1, draw.number(0, 40)]) for _ in range(4))
        y, dx = np.full_like(np.pad(x, ((0, 0), (0, 0), padding[:2], padding[2:])), np.nan), np.full_like(x, np.nan)
        build.pad2d_forward(x, padding, y=y)
        build.pad2d_backward(y, padding, dx=dx)
        assert np.array_equal(y, np.pad(x, ((0, 0), (0, 0), padding[:2], padding[2:])))
        assert np.array_equal(dx, x)


def test_rotations(build, dtype):
    for seed in seeds("rotation"):
        draw = Draw(seed)
        x = draw.rng.standard_normal((draw.number(1, 3), 1, draw.number(1, 40), draw.number(1, 40))).astype(dtype)
        cos, sin = (draw.rng.choice([0, 1, 1e30, np.nan, np.inf, 0.5], len(x)).astype(dtype) for _ in range(2))
        y = np.full_like(x, np.nan)
        with np.errstate(all="ignore"):
            build.rotate2d(x, cos, sin, y=y)
        assert np.isfinite(y).all()
