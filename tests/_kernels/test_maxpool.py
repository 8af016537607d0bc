"""Max pooling: bit-equal to naive loops everywhere, ties and NaN included."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from cases import windows
from hypothesis import given
from hypothesis import strategies as st

from nnfs._kernels import Window
from nnfs._kernels.reference import kernels as reference
from nnfs.arguments.shapes import place_window


def pool(kernels, x, window):
    out_size = oracles.output_size(x.shape[2:], window)
    y, argmax = np.zeros((*x.shape[:2], *out_size), x.dtype), np.zeros((*x.shape[:2], *out_size), np.int32)
    kernels.maxpool2d_forward(x, window, y=y, argmax=argmax)
    return y, argmax


def distinct(shape, dtype):
    """Return shuffled numbers of which no two are equal."""
    numbers = np.random.default_rng(0).permutation(np.prod(shape)) - np.prod(shape) // 2
    return numbers.reshape(shape).astype(dtype)


def assert_same(got, want):
    for a, b in zip(got, want, strict=True):
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


TWO_BY_TWO = Window((2, 2), (2, 2))
SIZES = [(2, 2), (3, 3), (4, 5), (5, 8), (7, 9), (10, 14), (6, 16), (5, 17), (4, 31), (5, 32), (4, 33), (3, 67)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "window", [TWO_BY_TWO, Window((2, 2)), Window((2, 3), (2, 1), (1, 0, 1, 1)), Window((1, 2), (3, 3))], ids=str
)
def test_against_loops(kernels, size, window, dtype):
    x = distinct((2, 2, *size), dtype)
    y, argmax = pool(kernels, x, window)
    assert_same((y, argmax), oracles.maxpool2d(x, window))
    dy, dx = distinct(y.shape, dtype), np.full_like(x, np.nan)
    kernels.maxpool2d_backward(dy, argmax, dx=dx)
    assert_same((dx,), (oracles.maxpool2d_gradient(dy, argmax, x.shape),))


@given(windows(largest=40), st.sampled_from([np.float32, np.float64]), st.integers(0, 2**32 - 1))
def test_ties_and_special_values_in_any_geometry(build, case, dtype, seed):
    size, window = case
    rng = np.random.default_rng(seed)
    values = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, 2, 1e-45, 3], dtype)
    x = rng.choice(values, (3, 2, *size))
    assert_same(pool(build, x, window), pool(reference, x, window))


HUGE = 2**31 - 1


@pytest.mark.parametrize("size", [(17, 20), (1, 1), (3, 33)])
def test_a_huge_window_is_one_that_covers_the_image(kernels, size, dtype):
    """Of 2**62 cells those count that lie in the image."""
    x = distinct((2, 2, *size), dtype)
    for stride in (1, 5):
        window, _ = place_window(size, (HUGE, HUGE), (stride, stride), "same")
        (y, argmax), (rows, columns) = pool(kernels, x, window), size
        whole = pool(kernels, x, Window(size, (1, 1)))
        assert np.array_equal(y, np.broadcast_to(whole[0], y.shape))
        assert np.array_equal(argmax, np.broadcast_to(whole[1], y.shape))
        half = Window((rows + 1, HUGE), (1, 1), (rows // 2, rows - rows // 2, HUGE // 2, HUGE // 2))
        small = Window((rows + 1, 2 * columns), (1, 1), (rows // 2, rows - rows // 2, columns, columns))
        assert_same(pool(kernels, x, half)[0][..., :1], pool(kernels, x, small)[0][..., :1])


@pytest.mark.parametrize("place", [-2, 20, 2**31 - 1, -(2**31)])
def test_a_place_outside_the_image_is_an_error(kernels, dtype, place):
    dy, dx, argmax = np.ones((1, 2, 2, 2), dtype), np.full((1, 2, 4, 5), 7, dtype), np.zeros((1, 2, 2, 2), np.int32)
    argmax[0, 1, 1, 0] = place
    with pytest.raises(ValueError, match=f"argmax must be places from 0 to 19, got {place}"):
        kernels.maxpool2d_backward(dy, argmax, dx=dx)
    assert (dx == 7).all()
    argmax[0, 1] = -1
    kernels.maxpool2d_backward(dy, argmax, dx=dx)
    assert dx[0, 0, 0, 0] == 4
    assert np.count_nonzero(dx) == 1


@pytest.mark.parametrize(
    ("pixels", "best"),
    [
        ([1, 1, 1, 1], 0),
        ([0, 2, 2, 1], 1),
        ([5, np.nan, np.nan, 7], 1),
        ([np.nan, 1, np.inf, 2], 0),
        ([1, 2, 3, np.nan], 3),
        ([-np.inf] * 4, 0),
        ([np.nan] * 4, 0),
        ([-0.0, 0.0, 0.0, -0.0], 0),
    ],
)
@pytest.mark.parametrize("columns", [1, 4, 8, 9, 16, 17])
def test_ties_and_nan(kernels, dtype, pixels, best, columns):
    x = np.tile(np.array(pixels, dtype).reshape(1, 1, 2, 2), (1, 1, 1, columns))
    y, argmax = pool(kernels, x, TWO_BY_TWO)
    row, column = divmod(best, 2)
    assert np.array_equal(argmax[0, 0, 0], row * 2 * columns + 2 * np.arange(columns) + column)
    assert np.array_equal(y[0, 0, 0], np.full(columns, pixels[best], dtype), equal_nan=True)


def test_padding_never_wins(kernels, dtype):
    x = np.full((1, 1, 3, 3), -np.inf, dtype)
    _, argmax = pool(kernels, x, Window((2, 2), (1, 1), (1, 1, 1, 1)))
    assert argmax[0, 0].tolist() == [[0, 0, 1, 2], [0, 0, 1, 2], [3, 3, 4, 5], [6, 6, 7, 8]]


def test_gradient_against_central_differences(kernels):
    window = Window((3, 2), (2, 1), (1, 0, 1, 0))
    x = distinct((2, 3, 7, 6), np.float64)
    y, argmax = pool(kernels, x, window)
    rng = np.random.default_rng(1)
    dy, direction, dx = rng.standard_normal(y.shape), rng.standard_normal(x.shape), np.empty_like(x)
    kernels.maxpool2d_backward(dy, argmax, dx=dx)
    want = oracles.central_difference(lambda value: np.vdot(dy, pool(kernels, value, window)[0]), x, direction)
    np.testing.assert_allclose(np.vdot(dx, direction), want, rtol=1e-7)


@pytest.mark.parametrize("window", [TWO_BY_TWO, Window((3, 3), (2, 2), (1, 1, 1, 1)), Window((2, 2), (1, 1))], ids=str)
def test_against_pytorch(kernels, window, dtype):
    torch = pytest.importorskip("torch")
    x = distinct((2, 3, 12, 15), dtype)
    y, argmax = torch.nn.functional.max_pool2d(
        torch.from_numpy(x), window.size, window.stride, window.padding[0], return_indices=True
    )
    assert_same(pool(kernels, x, window), (y.numpy(), argmax.numpy()))


def test_empty_batch(kernels, dtype):
    x = np.zeros((0, 2, 4, 4), dtype)
    y, argmax = pool(kernels, x, TWO_BY_TWO)
    kernels.maxpool2d_backward(y, argmax, dx=x)
    assert y.shape == (0, 2, 2, 2)
