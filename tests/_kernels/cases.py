"""Odd and random geometries for the kernels of windows, what a convolution gives, and random numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from oracles import output_size

from nnfs._kernels import Window


def _odd(size, kernel, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1, channels=2, filters=3, images=2):
    """Return a convolution: shape of x, shape of weight, window."""
    x_shape = (images, groups * channels, *size)
    return x_shape, (groups * filters, channels, *kernel), Window(kernel, stride, padding, dilation)


ODD_CONVOLUTIONS = [
    _odd((1, 1), (1, 1)),
    _odd((5, 7), (5, 7)),
    _odd((7, 7), (2, 2), stride=(3, 3)),
    _odd((13, 11), (3, 5), padding=(0, 1, 2, 3)),
    _odd((9, 9), (3, 2), stride=(2, 3), padding=(3, 0, 1, 2)),
    _odd((12, 17), (3, 3), dilation=(2, 3)),
    _odd((11, 13), (3, 3), stride=(2, 2), padding=(1, 1, 1, 1), dilation=(2, 2)),
    _odd((8, 8), (3, 3), padding=(1, 1, 1, 1), groups=5, channels=1, filters=1),
    _odd((8, 8), (3, 3), groups=2, channels=3, filters=5),
    _odd((6, 15), (3, 3), filters=17, images=1),
    _odd((6, 16), (3, 3), filters=16, channels=1),
    _odd((6, 17), (3, 3), filters=15, channels=9),
    _odd((28, 28), (3, 3), padding=(1, 1, 1, 1), filters=8, channels=1, images=9),
    _odd((2, 3), (3, 3), padding=(1, 1, 1, 1), channels=1, filters=1),
    _odd((4, 4), (1, 1), stride=(2, 2), padding=(0, 1, 1, 0)),
    _odd((28, 28), (3, 3), padding=(1, 1, 1, 1), groups=4, channels=1, filters=1),
    _odd((9, 21), (3, 2), stride=(2, 3), padding=(0, 1, 2, 0), groups=3, channels=1, filters=2),
    _odd((1, 1), (3, 3), padding=(1, 1, 1, 1), groups=2, channels=1, filters=1),
    # Borders beyond the window, so that whole strips lie in them; steps beyond the image; a pixel alone.
    _odd((2, 60), (1, 1), padding=(20, 21, 30, 29), groups=3, channels=1, filters=1),
    _odd((5, 3), (3, 3), padding=(30, 25, 36, 30), groups=2, channels=1, filters=2, images=1),
    _odd((3, 2), (3, 3), padding=(7, 5, 6, 9)),
    _odd((3, 4), (2, 3), stride=(7, 6), padding=(9, 8, 7, 11), groups=2),
    _odd((3, 4), (2, 3), stride=(7, 6), padding=(9, 8, 7, 11), groups=3, channels=1, filters=1),
    _odd((2, 3), (3, 2), padding=(11, 9, 5, 8), dilation=(7, 9)),
    _odd((2, 3), (3, 2), padding=(11, 9, 5, 8), dilation=(7, 9), groups=4, channels=1, filters=1),
    _odd((1, 1), (2, 3), stride=(3, 5), padding=(4, 6, 8, 3), dilation=(2, 4), groups=2, channels=1, filters=1),
    _odd((1, 9), (1, 1), stride=(2, 1), padding=(3, 2, 1, 5)),
    # Rows of a stride of 2 that are longer than a vector, and images that are read where they lie, but for the last.
    _odd((11, 39), (3, 5), stride=(2, 2), padding=(1, 1, 2, 2), channels=3, filters=7),
    _odd((9, 7), (1, 1), channels=5, filters=6, images=4),
]

# Channels and filters enough for going from winner to winner of a pool, in any build, and too few for Winograd's way.
CONVOLUTIONS_OF_WINNERS = [
    _odd((14, 14), (5, 5), channels=6, filters=16, images=5),
    _odd((14, 14), (3, 3), padding=(1, 1, 1, 1), channels=8, filters=17),
    _odd((17, 13), (5, 4), stride=(2, 1), padding=(3, 0, 1, 2), channels=4, filters=20),
    _odd((16, 15), (3, 5), padding=(0, 1, 2, 2), dilation=(3, 1), channels=7, filters=9),
    _odd((9, 9), (5, 5), padding=(2, 2, 2, 2), channels=16, filters=8),
    _odd((8, 11), (5, 2), padding=(2, 2, 0, 0), channels=32, filters=9),
    _odd((4, 3), (3, 3), padding=(5, 4, 7, 6), channels=8, filters=17),
]


# What somebody would write, and what a layer accepts beside it.
STEPS = st.one_of(st.integers(1, 3), st.sampled_from([1, 7, 23, 40]))
SIDES = st.one_of(st.integers(0, 3), st.integers(0, 40))


@st.composite
def windows(draw, largest=17):
    """Return an image size and a window that fits it: any border, stride and dilation, however long the image is."""
    axes = []
    for _ in range(2):
        length, cells, stride, dilation = (
            draw(st.integers(1, largest)),
            draw(st.integers(1, 4)),
            draw(STEPS),
            draw(STEPS),
        )
        before, after = draw(SIDES), draw(SIDES)
        missing = max((cells - 1) * dilation + 1 - before - after - length, 0)
        if draw(st.booleans()) and length + missing <= largest:
            length += missing
        else:
            after += missing
        axes.append((length, cells, stride, dilation, before, after))
    (height, rows, *steps_h, top, bottom), (width, columns, *steps_w, left, right) = axes
    strides, dilations = zip(steps_h, steps_w, strict=True)
    return (height, width), Window((rows, columns), strides, (top, bottom, left, right), dilations)


@st.composite
def convolutions(draw):
    """Return the shape of x, the shape of weight and the window."""
    size, window = draw(windows())
    groups, channels, filters = draw(st.sampled_from([1, 1, 2, 3])), draw(st.integers(1, 4)), draw(st.integers(1, 6))
    images = draw(st.sampled_from([1, 2, 5]))
    return (images, groups * channels, *size), (groups * filters, channels, *window.size), window


def convolution_arrays(case, dtype, seed=0):
    """Return x, weight, bias and a gradient dy of the convolution ``case``."""
    x_shape, weight_shape, window = case
    rng = np.random.default_rng(seed)
    dy_shape = (x_shape[0], weight_shape[0], *output_size(x_shape[2:], window))
    shapes = x_shape, weight_shape, weight_shape[:1], dy_shape
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def forward(kernels, x, weight, bias, window):
    y = np.full((len(x), len(weight), *output_size(x.shape[2:], window)), np.nan, x.dtype)
    kernels.conv2d_forward(x, weight, bias, window, y=y)
    return y


def gradients(kernels, x, weight, dy, window):
    """Return dx, dweight and dbias; the last two start from 0."""
    dx, dweight, dbias = np.full_like(x, np.nan), np.zeros_like(weight), np.zeros(len(weight), x.dtype)
    kernels.conv2d_backward_input(dy, weight, window, dx=dx)
    kernels.conv2d_backward_params(x, dy, window, dweight=dweight, dbias=dbias)
    return dx, dweight, dbias


# Of SplitMix64, whose numbers dropout and noise use.
GOLDEN, MULTIPLIERS = 0x9E3779B97F4A7C15, (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def random_number(key, index):
    """Return a number of SplitMix64 by the rule, in Python's integers."""
    z = (key + (index + 1) * GOLDEN) % 2**64
    z = (z ^ (z >> 30)) * MULTIPLIERS[0] % 2**64
    z = (z ^ (z >> 27)) * MULTIPLIERS[1] % 2**64
    return z ^ (z >> 31)
