"""The fused dense kernels: what the plain kernels say one after the other, and as right as loops can tell."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from nnfs._kernels.reference import kernels as reference

DENSE_SHAPES = [(0, 5, 3), (1, 1, 1), (3, 7, 5), (5, 16, 4), (9, 33, 13), (17, 64, 32), (66, 100, 70)]


SLOPES = [0.0, 0.3, 1.0]


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("shape", DENSE_SHAPES, ids=str)
def test_dense_is_plain(kernels, shape, dtype, slope, rng):
    rows, features, units = shape
    x, weight = (
        rng.standard_normal((rows, features)).astype(dtype),
        rng.standard_normal((units, features)).astype(dtype),
    )
    if rows > 1:
        x[1, 0] = np.nan
    for bias in (None, rng.standard_normal(units).astype(dtype)):
        y, full, want = (np.full((rows, units), np.nan, dtype) for _ in range(3))
        kernels.dense_relu_forward(x, weight, bias, slope, y=y)
        kernels.dense_forward(x, weight, bias, y=full)
        kernels.relu_forward(full, slope, y=want)
        assert np.array_equal(y, want, equal_nan=True)


def dense_relu(kernels, x, weight, bias, dy, slope=0.0, seed=0):
    """Return y, dx, dweight and dbias of a dense layer with ReLU; gradients of parameters begin at random numbers."""
    rng = np.random.default_rng(seed)
    y, dx = np.full((len(x), len(weight)), np.nan, x.dtype), np.full_like(x, np.nan)
    dweight, dbias = rng.normal(size=weight.shape).astype(x.dtype), rng.normal(size=len(weight)).astype(x.dtype)
    begin = dweight.copy(), dbias.copy()
    kernels.dense_relu_forward(x, weight, bias, slope, y=y)
    kernels.dense_relu_backward(dy, x, weight, y, slope, dweight=dweight, dbias=dbias, dx=dx)
    return y, dx, dweight - begin[0], dbias - begin[1]


def dense_arrays(shape, dtype):
    rng, (rows, features, units) = np.random.default_rng(3), shape
    return [rng.normal(size=size).astype(dtype) for size in ((rows, features), (units, features), units, (rows, units))]


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("shape", DENSE_SHAPES, ids=str)
def test_dense_backward_is_plain(kernels, shape, dtype, slope):
    x, weight, bias, dy = dense_arrays(shape, dtype)
    if len(x) > 1:
        x[1, 0] = np.nan
    y, masked, dx, want_dx = np.empty_like(dy), np.empty_like(dy), np.empty_like(x), np.empty_like(x)
    kernels.dense_relu_forward(x, weight, bias, slope, y=y)
    kernels.relu_backward(dy, y, slope, dx=masked)
    kernels.dense_backward_input(masked, weight, dx=want_dx)
    for has_bias, has_dx in ((True, True), (False, True), (True, False)):
        got, want = ((np.ones_like(weight), np.ones_like(bias)) for _ in range(2))
        kernels.dense_backward_params(x, masked, dweight=want[0], dbias=want[1])
        kernels.dense_relu_backward(
            dy, x, weight, y, slope, dweight=got[0], dbias=got[1] if has_bias else None, dx=dx if has_dx else None
        )
        assert np.array_equal(got[0], want[0], equal_nan=True)
        assert np.array_equal(got[1], want[1] if has_bias else np.ones_like(bias))
        assert np.array_equal(dx, want_dx, equal_nan=True)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("shape", DENSE_SHAPES[:5], ids=str)
def test_dense_against_loops(kernels, shape, dtype, slope):
    x, weight, bias, dy = dense_arrays(shape, dtype)
    y = oracles.dense(x, weight, bias)
    y = np.maximum(y, slope * y)
    want = y, *oracles.dense_gradients(x, weight, np.where(y > 0, dy, slope * dy))
    tolerance = 100 * np.finfo(dtype).eps
    for a, b in zip(dense_relu(kernels, x, weight, bias, dy, slope), want, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("slope", SLOPES)
def test_dense_gradients_against_central_differences(kernels, slope):
    x, weight, bias, dy = dense_arrays((5, 7, 6), np.float64)
    losses = (
        lambda value: np.vdot(dy, dense_relu(kernels, value, weight, bias, dy, slope)[0]),
        lambda value: np.vdot(dy, dense_relu(kernels, x, value, bias, dy, slope)[0]),
        lambda value: np.vdot(dy, dense_relu(kernels, x, weight, value, dy, slope)[0]),
    )
    gradients = dense_relu(kernels, x, weight, bias, dy, slope)[1:]
    for point, gradient, loss in zip((x, weight, bias), gradients, losses, strict=True):
        direction = np.random.default_rng(1).standard_normal(point.shape)
        want = oracles.central_difference(loss, point, direction)
        np.testing.assert_allclose(np.vdot(gradient, direction), want, rtol=1e-6)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("shape", [(64, 784, 128), (32, 2, 16), (7, 100, 10)], ids=str)
def test_dense_against_pytorch(kernels, shape, dtype, slope):
    torch = pytest.importorskip("torch")
    x, weight, bias, dy = dense_arrays(shape, dtype)
    tensors = [torch.from_numpy(array.copy()).requires_grad_() for array in (x, weight, bias)]
    y = torch.nn.functional.leaky_relu(torch.nn.functional.linear(*tensors), slope)
    y.backward(torch.from_numpy(dy))
    tolerance = 2000 * np.finfo(dtype).eps
    want = y.detach(), *(tensor.grad for tensor in tensors)
    for a, b in zip(dense_relu(kernels, x, weight, bias, dy, slope), want, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=tolerance, atol=tolerance)


def test_dense_agrees_with_the_reference(build, dtype):
    """The comparison with plain kernels stays within one implementation; this one crosses over."""
    tolerance = 1000 * np.finfo(dtype).eps
    arrays = dense_arrays((66, 100, 70), dtype)
    for a, b in zip(dense_relu(build, *arrays, 0.3), dense_relu(reference, *arrays, 0.3), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
