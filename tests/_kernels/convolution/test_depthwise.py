"""Convolutions of one channel a group: what `test_convolution` proves of all, and what only these could get wrong."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from cases import convolution_arrays, windows
from hypothesis import given
from hypothesis import strategies as st

from nnfs._kernels import Window
from nnfs._kernels.reference import kernels as reference

WINDOWS = [
    Window((3, 3), (1, 1), (1, 1, 1, 1)),
    Window((3, 3), (2, 2), (1, 1, 1, 1)),
    Window((2, 5), (3, 1), (0, 1, 2, 3), (2, 1)),
    Window((1, 1)),
    Window((7, 7), (1, 1), (3, 3, 3, 3)),
]


def arrays(window, dtype, channels=3, multiplier=2, images=2, size=(9, 35)):
    """Return x, weight, bias and dy."""
    rng = np.random.default_rng(0)
    filters = channels * multiplier
    dy_shape = images, filters, *oracles.output_size(size, window)
    shapes = (images, channels, *size), (filters, 1, *window.size), (filters,), dy_shape
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def everything(kernels, x, weight, bias, dy, window, slope=0.0):
    """Return y, dx, dweight and dbias, and the same with ReLU of this slope."""
    y, dx, dweight, dbias = (
        np.full_like(dy, np.nan),
        np.full_like(x, np.nan),
        np.zeros_like(weight),
        np.zeros_like(bias),
    )
    kernels.conv2d_forward(x, weight, bias, window, y=y)
    kernels.conv2d_backward_input(dy, weight, window, dx=dx)
    kernels.conv2d_backward_params(x, dy, window, dweight=dweight, dbias=dbias)
    rectified, other_dx = np.full_like(dy, np.nan), np.full_like(x, np.nan)
    other_dweight, other_dbias = np.zeros_like(weight), np.zeros_like(bias)
    kernels.conv2d_relu_forward(x, weight, bias, window, slope, y=rectified)
    kernels.conv2d_relu_backward(
        dy, x, weight, rectified, window, slope, dweight=other_dweight, dbias=other_dbias, dx=other_dx
    )
    return [y, dx, dweight, dbias], [rectified, other_dx, other_dweight, other_dbias]


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_against_loops(kernels, window, multiplier, dtype, slope):
    x, weight, bias, dy = arrays(window, dtype, multiplier=multiplier)
    plain, rectified = everything(kernels, x, weight, bias, dy, window, slope)
    y = oracles.conv2d(x, weight, bias, window)[0]
    passed = np.where(rectified[0] > 0, dy, slope * dy)
    for got, want_y, gradient in ((plain, y, dy), (rectified, np.maximum(y, slope * y), passed)):
        wanted = want_y, *oracles.conv2d_gradients(x, weight, gradient, window)
        for a, b in zip(got, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=50 * np.finfo(dtype).eps * max(1, abs(b).max()))


def assert_near_reference(build, x, weight, bias, dy, window, slope=0.25):
    exact = [array.astype(np.float64) for array in (x, weight, bias, dy)]
    wanted = everything(reference, *exact, window, slope)
    for results, want in zip(everything(build, x, weight, bias, dy, window, slope), wanted, strict=True):
        for a, b in zip(results, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=50 * np.finfo(x.dtype).eps * max(1, abs(b).max(initial=0)))


STRIPS = [
    *WINDOWS,
    Window((3, 3), (1, 1), (5, 6, 4, 7)),
    Window((1, 2), (5, 4), (3, 0, 0, 2)),
    Window((4, 3), (2, 3), (1, 2, 3, 4), (3, 2)),
    Window((3, 3), (1, 1), (40, 33, 50, 28)),
    Window((1, 1), (1, 1), (60, 61, 9, 10)),
    Window((3, 2), (2, 5), (70, 66, 25, 40), (33, 50)),
]


@pytest.mark.parametrize("window", STRIPS, ids=str)
def test_large_planes_against_reference(build, window, dtype):
    """Rows enough for several strips, planes that fill no whole number of vectors, edges that no window meets."""
    assert_near_reference(build, *arrays(window, dtype, channels=19, multiplier=1, size=(151, 70)), window)


@pytest.mark.parametrize("window", STRIPS[-3:], ids=str)
@pytest.mark.parametrize("size", [(31, 8), (32, 224), (1, 130), (40, 1)], ids=str)
def test_strips_in_the_border_against_reference(build, window, size, dtype):
    """Strips that lie before, behind and beside the image altogether."""
    assert_near_reference(build, *arrays(window, dtype, channels=3, multiplier=2, images=1, size=size), window)


@given(windows(), st.sampled_from([2, 5, 16, 33]), st.integers(1, 3), st.integers(0, 3), st.booleans())
def test_any_geometry_against_reference(build, place, channels, multiplier, images, wide):
    size, window = place
    dtype = np.float64 if wide else np.float32
    case = (images, channels, *size), (channels * multiplier, 1, *window.size), window
    assert_near_reference(build, *convolution_arrays(case, dtype), window)


@pytest.mark.parametrize("window", STRIPS, ids=str)
def test_same_bits_for_any_number_of_threads(build, window, dtype, thread_count):
    given = arrays(window, dtype, channels=17, images=5, size=(91, 66))
    thread_count(1)
    want = [array.tobytes() for results in everything(build, *given, window) for array in results]
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert [array.tobytes() for results in everything(build, *given, window) for array in results] == want


def test_gradients_are_added(kernels, dtype):
    x, weight, bias, dy = arrays(WINDOWS[0], dtype)
    once = everything(kernels, x, weight, bias, dy, WINDOWS[0])[0]
    dweight, dbias = np.full_like(weight, 7), np.full_like(bias, 7)
    kernels.conv2d_backward_params(x, dy, WINDOWS[0], dweight=dweight, dbias=dbias)
    kernels.conv2d_backward_params(x, dy, WINDOWS[0], dweight=dweight, dbias=None)
    np.testing.assert_allclose(dweight, 7 + 2 * once[2], rtol=1e-5)
    np.testing.assert_allclose(dbias, 7 + once[3], rtol=1e-5)


@pytest.mark.parametrize("window", WINDOWS[:2], ids=str)
def test_against_pytorch(kernels, window, dtype):
    torch = pytest.importorskip("torch")
    x, weight, bias, dy = arrays(window, dtype)
    tensors = [torch.from_numpy(array).requires_grad_() for array in (x, weight, bias)]
    y = torch.nn.functional.conv2d(*tensors, window.stride, window.padding[0], groups=3)
    y.backward(torch.from_numpy(dy))
    wanted = y.detach(), *(tensor.grad for tensor in tensors)
    for a, b in zip(everything(kernels, x, weight, bias, dy, window)[0], wanted, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=0, atol=50 * np.finfo(dtype).eps * max(1, abs(b.numpy()).max()))
