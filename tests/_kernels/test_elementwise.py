"""ReLU, the search for non-finite numbers, and vectors that are filled with one number."""

from __future__ import annotations

import numpy as np
import pytest

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 5e-324, 3.0, -3.0]
LENGTHS = [0, 1, 7, 8, 9, 15, 16, 17, 33, 1000, 16385]


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("length", [1, 3, 17, 23, 40_000])
def test_relu(kernels, length, slope, dtype):
    x = np.resize(np.array(SPECIAL, dtype), length).reshape(1, length)
    dy, y, dx = np.arange(1, length + 1, dtype=dtype).reshape(x.shape), np.empty_like(x), np.empty_like(x)
    kernels.relu_forward(x, slope, y=y)
    assert np.array_equal(y, np.where(x < 0, slope * x if slope else 0, x), equal_nan=True)
    kernels.relu_backward(dy, y, slope, dx=dx)
    assert np.array_equal(dx, np.where((y > 0) | np.isnan(y), dy, dy.dtype.type(slope) * dy))
    same = x.copy()
    kernels.relu_forward(same, slope, y=same)
    assert np.array_equal(same, y, equal_nan=True)
    same = dy.copy()
    kernels.relu_backward(same, y, slope, dx=same)
    assert np.array_equal(same, dx)


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("length", [1, 3, 17, 23, 40_000])
def test_a_sum_with_relu_is_the_sum_and_then_relu(kernels, length, slope, dtype):
    a, b = np.resize(np.array(SPECIAL, dtype), length), np.resize(np.array([1, -2, np.nan], dtype), length)
    y, want = np.empty_like(a), np.empty_like(a)
    kernels.add_relu(a, b, slope, y=y)
    kernels.relu_forward(a + b, slope, y=want)
    assert np.array_equal(y, want, equal_nan=True)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_all_finite(kernels, value, dtype):
    for length in LENGTHS:
        x = np.full(length, np.finfo(dtype).max, dtype)
        assert kernels.all_finite(x) is True
        for place in {0, length // 2, length - 1} if length else ():
            x[place] = value
            assert kernels.all_finite(x) is False
            x[place] = 0


@pytest.mark.parametrize("value", [0.0, -0.0, 3.0, np.nan])
def test_fill(kernels, value, dtype):
    for length in (*LENGTHS, 70_000):
        out = np.arange(length + 2, dtype=dtype)
        kernels.fill(np.array([value], dtype), out=out[1:-1])
        assert out[1:-1].tobytes() == np.full(length, value, dtype).tobytes()
        assert (out[0], out[-1]) == (0, length + 1)
