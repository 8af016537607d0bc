"""Convolution and its gradients: naive loops, central differences, PyTorch, and what must hold bit for bit."""

from __future__ import annotations

from functools import cache

import numpy as np
import oracles
import pytest
from cases import ODD_CONVOLUTIONS, convolution_arrays, convolutions, forward, gradients
from hypothesis import given
from hypothesis import strategies as st

from nnfs._kernels import Window
from nnfs._kernels.reference import kernels as reference


def assert_within_rounding(got, exact, size, terms):
    """Compare with the bound of a sum of ``terms`` products in any order: terms * eps * the sum of absolute values."""
    assert np.all(np.abs(got - exact) <= (terms + 2) * np.finfo(got.dtype).eps * size + np.finfo(got.dtype).tiny)


@cache
def exact_results(case, dtype):
    """Return what the loops say, forward and backward, each with the sums of absolute values; all builds share it."""
    x, weight, bias, dy = convolution_arrays(case, dtype)
    gradients = oracles.conv2d_gradients(x, weight, dy, case[2])
    sizes = oracles.conv2d_gradients(abs(x), abs(weight), abs(dy), case[2])
    return *oracles.conv2d(x, weight, bias, case[2]), gradients, sizes


@pytest.mark.parametrize("case", ODD_CONVOLUTIONS, ids=str)
def test_odd_geometries_against_loops(kernels, case, dtype):
    x, weight, bias, dy = convolution_arrays(case, dtype)
    window = case[2]
    y, y_size, exact, sizes = exact_results(case, dtype)
    assert_within_rounding(forward(kernels, x, weight, bias, window), y, y_size, weight[0].size)
    terms = [len(weight) * weight[0, 0].size, len(x) * dy[0, 0].size, len(x) * dy[0, 0].size]
    for got, want, size, count in zip(gradients(kernels, x, weight, dy, window), exact, sizes, terms, strict=True):
        assert_within_rounding(got, want, size, count)


@given(convolutions(), st.sampled_from([np.float32, np.float64]))
def test_any_geometry_against_reference(build, case, dtype):
    x, weight, bias, dy = convolution_arrays(case, dtype)
    terms = max(weight[0].size, len(weight) * weight[0, 0].size, len(x) * dy[0, 0].size)
    tolerance = 20 * terms * np.finfo(dtype).eps
    np.testing.assert_allclose(
        forward(build, x, weight, bias, case[2]), forward(reference, x, weight, bias, case[2]), atol=tolerance, rtol=0
    )
    for got, want in zip(
        gradients(build, x, weight, dy, case[2]), gradients(reference, x, weight, dy, case[2]), strict=True
    ):
        np.testing.assert_allclose(got, want, atol=tolerance, rtol=0)


@pytest.mark.parametrize("case", ODD_CONVOLUTIONS[:9], ids=str)
def test_gradients_against_central_differences(kernels, case):
    x, weight, bias, dy = convolution_arrays(case, np.float64)
    window = case[2]
    dx, dweight, dbias = gradients(kernels, x, weight, dy, window)
    rng = np.random.default_rng(1)
    for point, gradient, loss in (
        (x, dx, lambda value: np.vdot(dy, forward(kernels, value, weight, bias, window))),
        (weight, dweight, lambda value: np.vdot(dy, forward(kernels, x, value, bias, window))),
        (bias, dbias, lambda value: np.vdot(dy, forward(kernels, x, weight, value, window))),
    ):
        direction = rng.standard_normal(point.shape)
        want = oracles.central_difference(loss, point, direction)
        np.testing.assert_allclose(np.vdot(gradient, direction), want, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("case", ODD_CONVOLUTIONS, ids=str)
def test_against_pytorch(kernels, case, dtype):
    torch = pytest.importorskip("torch")
    x, weight, bias, dy = convolution_arrays(case, dtype)
    window = case[2]
    tensors = [torch.from_numpy(array.copy()).requires_grad_() for array in (x, weight, bias)]
    groups, (top, bottom, left, right) = x.shape[1] // weight.shape[1], window.padding
    padded = torch.nn.functional.pad(tensors[0], (left, right, top, bottom))
    y = torch.nn.functional.conv2d(padded, *tensors[1:], window.stride, 0, window.dilation, groups)
    y.backward(torch.from_numpy(dy))
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose(
        forward(kernels, x, weight, bias, window), y.detach().numpy(), rtol=tolerance, atol=tolerance
    )
    for got, tensor in zip(gradients(kernels, x, weight, dy, window), tensors, strict=True):
        np.testing.assert_allclose(got, tensor.grad.numpy(), rtol=tolerance, atol=20 * tolerance)


@pytest.mark.parametrize("case", ODD_CONVOLUTIONS[2:13], ids=str)
def test_a_sample_has_the_same_bits_alone_and_in_a_batch(build, case, dtype):
    x, weight, bias, dy = convolution_arrays(case, dtype)
    window = case[2]
    y, dx = forward(build, x, weight, bias, window), gradients(build, x, weight, dy, window)[0]
    for i in range(len(x)):
        assert np.array_equal(forward(build, x[i : i + 1], weight, bias, window), y[i : i + 1])
        assert np.array_equal(gradients(build, x[i : i + 1], weight, dy[i : i + 1], window)[0], dx[i : i + 1])


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize(
    "window",
    [
        Window((3, 3), (1, 1), (1, 1, 1, 1)),
        Window((2, 3)),
        Window((3, 2), (2, 2), (0, 1, 1, 0)),
        Window((2, 2), (3, 3)),
        Window((2, 2), (1, 1), (1, 0, 2, 1), (2, 3)),
    ],
    ids=str,
)
def test_what_is_not_finite_stays_where_it_belongs(build, window, value, dtype, rng):
    """A pixel reaches the outputs that meet it and no other: what lies between the rows' ends never leaks."""
    weight = rng.standard_normal((3, 2, *window.size)).astype(dtype)
    for h, w in ((0, 0), (0, 8), (3, 8), (6, 0), (3, 4)):
        x = rng.standard_normal((2, 2, 7, 9)).astype(dtype)
        dy = rng.standard_normal((2, 3, *oracles.output_size((7, 9), window))).astype(dtype)
        x[0, 1, h, w] = value
        got, want = forward(build, x, weight, None, window), forward(reference, x, weight, None, window)
        assert np.array_equal(np.isfinite(got), np.isfinite(want))
        got, want = gradients(build, x, weight, dy, window), gradients(reference, x, weight, dy, window)
        assert np.array_equal(np.isfinite(got[1]), np.isfinite(want[1]))
        dy[0, 1, -1, -1] = value
        x[0, 1, h, w] = 0
        got, want = gradients(build, x, weight, dy, window), gradients(reference, x, weight, dy, window)
        assert all(np.array_equal(np.isfinite(a), np.isfinite(b)) for a, b in zip(got, want, strict=True))


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_reaches_the_weights_that_meet_it(build, value, dtype, rng):
    """In a first layer with few weights, too, whose gradient is otherwise summed with zeros between its rows."""
    window = Window((3, 3), padding=(1, 1, 1, 1))
    x, dy = rng.standard_normal((5, 1, 28, 28)).astype(dtype), rng.standard_normal((5, 12, 28, 28)).astype(dtype)
    x[4, 0, 0, 27] = value
    dweight, want = np.zeros((2, 12, 1, 3, 3), dtype)
    for kernels, gradient in ((build, dweight), (reference, want)):
        kernels.conv2d_backward_params(x, dy, window, dweight=gradient, dbias=None)
    assert np.array_equal(np.isfinite(dweight), np.isfinite(want))
    assert np.isfinite(dweight).any()


def test_gradients_of_parameters_are_added_to(kernels, dtype):
    x, weight, _, dy = convolution_arrays(ODD_CONVOLUTIONS[3], dtype)
    _, once, once_bias = gradients(kernels, x, weight, dy, ODD_CONVOLUTIONS[3][2])
    dweight, dbias = np.full_like(weight, 5), np.full(len(weight), 7, dtype)
    kernels.conv2d_backward_params(x, dy, ODD_CONVOLUTIONS[3][2], dweight=dweight, dbias=dbias)
    np.testing.assert_allclose(dweight - 5, once, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dbias - 7, once_bias, rtol=1e-4, atol=1e-4)
    kernels.conv2d_backward_params(x, dy, ODD_CONVOLUTIONS[3][2], dweight=dweight, dbias=None)


def test_many_chunks_of_images(build, dtype):
    """More images than the sums that are kept at once: the second round adds to the first."""
    x, weight, _, dy = convolution_arrays(((150, 2, 5, 5), (3, 2, 3, 3), Window((3, 3))), dtype)
    got, want = gradients(build, x, weight, dy, Window((3, 3))), gradients(reference, x, weight, dy, Window((3, 3)))
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=4000 * np.finfo(dtype).eps)


def test_empty_batch(build, dtype):
    window = Window((3, 3), padding=(1, 1, 1, 1))
    x, weight, bias, dy = convolution_arrays(((0, 2, 5, 5), (3, 2, 3, 3), window), dtype)
    assert forward(build, x, weight, bias, window).shape == (0, 3, 5, 5)
    dweight, dbias = np.full_like(weight, 5), np.full(3, 7, dtype)
    build.conv2d_backward_params(x, dy, window, dweight=dweight, dbias=dbias)
    build.conv2d_backward_input(dy, weight, window, dx=x)
    assert np.all(dweight == 5)
    assert np.all(dbias == 7)
