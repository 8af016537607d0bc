"""Rotation: against loops, quarter turns, any number of threads, and nothing beyond the arrays."""

from __future__ import annotations

import math

import numpy as np
import pytest

SHAPES = [(1, 1, 1, 1), (2, 3, 5, 8), (3, 1, 28, 28), (1, 2, 33, 17), (2, 1, 1, 40), (2, 1, 40, 1)]


def rotate(kernels, x, degrees):
    """Turn image n by degrees[n]."""
    angles = np.deg2rad(degrees)
    y = np.full_like(x, np.nan)
    kernels.rotate2d(x, np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype), y=y)
    return y


def rotated_by_loops(image, degrees):
    """Turn one image (H, W) pixel by pixel, from the definition."""
    height, width = image.shape
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    result = np.zeros((height, width))
    for p in range(height):
        for q in range(width):
            i, j = p - (height - 1) / 2, q - (width - 1) / 2
            row, column = cos * i + sin * j + (height - 1) / 2, cos * j - sin * i + (width - 1) / 2
            for h in (math.floor(row), math.floor(row) + 1):
                for w in (math.floor(column), math.floor(column) + 1):
                    if 0 <= h < height and 0 <= w < width:
                        result[p, q] += (1 - abs(row - h)) * (1 - abs(column - w)) * image[h, w]
    return result


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_against_loops(kernels, dtype, rng, shape):
    x = rng.standard_normal(shape).astype(dtype)
    degrees = rng.uniform(-180, 180, len(x))
    y = rotate(kernels, x, degrees)
    tolerance = 8 * np.finfo(dtype).eps * (2 + shape[2] + shape[3]) * abs(x).max()
    for n in range(len(x)):
        for c in range(shape[1]):
            np.testing.assert_allclose(y[n, c], rotated_by_loops(x[n, c], degrees[n]), rtol=0, atol=tolerance)


def test_no_turn_changes_nothing(kernels, dtype, rng):
    x = rng.standard_normal((3, 2, 9, 14)).astype(dtype)
    assert np.array_equal(rotate(kernels, x, np.zeros(3)), x)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_an_angle_that_is_no_number_leaves_nothing_of_the_image(kernels, value, rng):
    x = rng.standard_normal((2, 1, 9, 14)).astype(np.float32)
    y = np.full_like(x, np.nan)
    with np.errstate(all="ignore"):
        kernels.rotate2d(x, np.array([value, 1], np.float32), np.array([-value, 0], np.float32), y=y)
    assert not y[0].any()
    assert np.array_equal(y[1], x[1])


def test_an_empty_batch(kernels, dtype):
    assert rotate(kernels, np.zeros((0, 1, 4, 4), dtype), np.zeros(0)).shape == (0, 1, 4, 4)


def test_same_bits_for_any_number_of_threads(build, dtype, thread_count, rng):
    x, degrees = rng.standard_normal((23, 2, 28, 31)).astype(dtype), rng.uniform(-180, 180, 23)
    thread_count(1)
    want = rotate(build, x, degrees).tobytes()
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert rotate(build, x, degrees).tobytes() == want


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_nothing_is_touched_beyond_the_arrays(build, dtype, rng, shape, at_end, guarded):
    """A read or write outside an array ends the process."""
    x, y = guarded(rng.standard_normal(shape).astype(dtype), at_end), guarded(np.zeros(shape, dtype), at_end)
    degrees = np.linspace(-170, 175, len(x))
    cos, sin = (guarded(f(np.deg2rad(degrees)).astype(dtype), at_end) for f in (np.cos, np.sin))
    build.rotate2d(x, cos, sin, y=y)
    assert np.array_equal(y, rotate(build, x.copy(), degrees))
