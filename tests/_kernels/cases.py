"""Odd geometries and random ones for the kernels of windows, and the arrays to go with them."""

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
]

# Channels and filters enough for going from winner to winner of a pool, in any build, and too few for Winograd's way.
CONVOLUTIONS_OF_WINNERS = [
    _odd((14, 14), (5, 5), channels=6, filters=16, images=5),
    _odd((14, 14), (3, 3), padding=(1, 1, 1, 1), channels=8, filters=17),
    _odd((17, 13), (5, 4), stride=(2, 1), padding=(3, 0, 1, 2), channels=4, filters=20),
    _odd((16, 15), (3, 5), padding=(0, 1, 2, 2), dilation=(3, 1), channels=7, filters=9),
    _odd((9, 9), (5, 5), padding=(2, 2, 2, 2), channels=16, filters=8),
    _odd((8, 11), (5, 2), padding=(2, 2, 0, 0), channels=32, filters=9),
]


@st.composite
def windows(draw, largest=17):
    """Return an image size and a window that fits it."""
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = draw(st.tuples(*[st.integers(0, 3)] * 4))
    size = []
    for axis in (0, 1):
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        smallest = max(1, reach - padding[2 * axis] - padding[2 * axis + 1])
        size.append(draw(st.integers(smallest, max(smallest, largest))))
    return tuple(size), Window(kernel, stride, padding, dilation)


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
