"""Average pooling: naive loops, finite differences, compiled equals reference, PyTorch."""

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

WINDOWS = [
    Window((2, 2), (2, 2)),
    Window((3, 3), (1, 1), (1, 1, 1, 1)),
    Window((3, 3), (2, 2), (1, 1, 1, 1)),
    Window((2, 3), (3, 4), (1, 0, 1, 1)),
    Window((1, 1)),
]
SIZES = [(3, 4), (7, 9), (6, 16), (5, 17), (4, 35)]


def forward(kernels, x, window, count_include_pad):
    y = np.full((*x.shape[:2], *oracles.output_size(x.shape[2:], window)), np.nan, x.dtype)
    kernels.avgpool2d_forward(x, window, count_include_pad, y=y)
    return y


def backward(kernels, dy, window, count_include_pad, shape):
    dx = np.full(shape, np.nan, dy.dtype)
    kernels.avgpool2d_backward(dy, window, count_include_pad, dx=dx)
    return dx


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("size", SIZES)
def test_against_loops(kernels, size, window, count_include_pad, dtype, rng):
    x = rng.standard_normal((2, 3, *size)).astype(dtype)
    want, count = oracles.avgpool2d(x, window, count_include_pad)
    tolerance = 10 * np.finfo(dtype).eps
    np.testing.assert_allclose(forward(kernels, x, window, count_include_pad), want, rtol=0, atol=tolerance)
    dy = rng.standard_normal(want.shape).astype(dtype)
    want = oracles.avgpool2d_gradient(dy, window, count, x.shape)
    np.testing.assert_allclose(
        backward(kernels, dy, window, count_include_pad, x.shape), want, rtol=0, atol=4 * tolerance
    )


@given(windows(largest=40), st.sampled_from([np.float32, np.float64]), st.integers(0, 2**32 - 1))
def test_any_geometry_as_the_reference(build, case, dtype, seed):
    size, window = case
    window = window._replace(dilation=(1, 1))
    x = np.random.default_rng(seed).standard_normal((3, 2, *size)).astype(dtype)
    y = forward(reference, x, window, True)
    np.testing.assert_allclose(forward(build, x, window, True), y, rtol=0, atol=20 * np.finfo(dtype).eps)
    want = backward(reference, y, window, True, x.shape)
    np.testing.assert_allclose(backward(build, y, window, True, x.shape), want, rtol=0, atol=50 * np.finfo(dtype).eps)


@pytest.mark.parametrize("stride", [1, 5])
@pytest.mark.parametrize("size", [(17, 20), (1, 1), (3, 33)])
def test_a_huge_window_is_one_that_covers_the_image(kernels, size, stride, dtype, rng):
    """Of 2**62 cells those are summed that lie in the image."""
    x, huge = rng.standard_normal((2, 2, *size)).astype(dtype), 2**31 - 1
    window, _ = place_window(size, (huge, huge), (stride, stride), "same")
    y, mean = forward(kernels, x, window, False), x.mean(axis=(2, 3), keepdims=True)
    tolerance = 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, np.broadcast_to(mean, y.shape), rtol=0, atol=tolerance)
    all_cells = forward(kernels, x, window, True) * float(huge) ** 2
    np.testing.assert_allclose(all_cells, y * size[0] * size[1], rtol=tolerance, atol=100 * tolerance)
    dx = backward(kernels, np.ones_like(y), window, False, x.shape)
    np.testing.assert_allclose(dx, y[0, 0].size / (size[0] * size[1]), rtol=tolerance)


@pytest.mark.parametrize("count_include_pad", [True, False])
def test_gradient_against_central_differences(kernels, count_include_pad, rng):
    window, x = Window((3, 2), (2, 1), (1, 0, 1, 0)), rng.standard_normal((2, 3, 7, 6))
    dy, direction = rng.standard_normal(forward(kernels, x, window, True).shape), rng.standard_normal(x.shape)
    want = oracles.central_difference(
        lambda value: np.vdot(dy, forward(kernels, value, window, count_include_pad)), x, direction
    )
    dx = backward(kernels, dy, window, count_include_pad, x.shape)
    np.testing.assert_allclose(np.vdot(dx, direction), want, rtol=1e-7)


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("window", WINDOWS[:3], ids=str)
def test_against_pytorch(kernels, window, count_include_pad, dtype, rng):
    torch = pytest.importorskip("torch")
    x = rng.standard_normal((2, 3, 12, 15)).astype(dtype)
    want = torch.nn.functional.avg_pool2d(
        torch.from_numpy(x), window.size, window.stride, window.padding[0], count_include_pad=count_include_pad
    )
    tolerance = 10 * np.finfo(dtype).eps
    np.testing.assert_allclose(forward(kernels, x, window, count_include_pad), want.numpy(), rtol=0, atol=tolerance)


def test_what_is_not_finite_stays_in_its_windows(kernels, dtype):
    x = np.zeros((1, 1, 4, 4), dtype)
    x[0, 0, 0, 0], x[0, 0, 3, 3] = np.nan, np.inf
    y = forward(kernels, x, Window((2, 2), (2, 2)), True)
    np.testing.assert_array_equal(y[0, 0], [[np.nan, 0], [0, np.inf]])


def test_empty_batch(kernels, dtype):
    x = np.zeros((0, 2, 4, 4), dtype)
    y = forward(kernels, x, Window((2, 2), (2, 2)), True)
    assert y.shape == (0, 2, 2, 2)
    assert backward(kernels, y, Window((2, 2), (2, 2)), True, x.shape).shape == x.shape


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_nothing_is_touched_beyond_the_arrays(build, window, at_end, dtype, guarded, rng):
    """A read or write outside an array ends the process."""
    for size in SIZES:
        x = guarded(rng.standard_normal((2, 3, *size)).astype(dtype), at_end)
        y = guarded(np.zeros((2, 3, *oracles.output_size(size, window)), dtype), at_end)
        for count_include_pad in (True, False):
            build.avgpool2d_forward(x, window, count_include_pad, y=y)
            build.avgpool2d_backward(y, window, count_include_pad, dx=x)


def test_same_bits_for_any_number_of_threads(build, dtype, thread_count, rng):
    x, window = rng.standard_normal((23, 9, 21, 33)).astype(dtype), WINDOWS[2]
    thread_count(1)
    want = forward(build, x, window, False)
    want_dx = backward(build, want, window, False, x.shape)
    for count in (2, 3):
        thread_count(count)
        assert forward(build, x, window, False).tobytes() == want.tobytes()
        assert backward(build, want, window, False, x.shape).tobytes() == want_dx.tobytes()
