"""Padding: copies, so bit-equal."""

from __future__ import annotations

import numpy as np
import oracles
import pytest


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 2, 3), (3, 0, 0, 1)])
@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (1, 1, 1, 1), (3, 40, 16, 17), (0, 2, 3, 3)])
def test_forward_and_backward(kernels, shape, padding, dtype, rng):
    x = rng.standard_normal(shape).astype(dtype)
    x.flat[::7] = np.nan
    want = oracles.pad2d(x, padding)
    y, dx = np.full_like(want, np.nan), np.zeros_like(x)
    kernels.pad2d_forward(x, padding, y=y)
    assert np.array_equal(y, want, equal_nan=True)
    y[np.isnan(y)] = 1
    kernels.pad2d_backward(y, padding, dx=dx)
    assert np.array_equal(dx, np.nan_to_num(x, nan=1))
