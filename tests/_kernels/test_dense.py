"""Dense layers: naive loops, central differences, PyTorch, and what must hold bit for bit."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import oracles
import pytest

ROWS, FEATURES, OUTPUTS = (1, 3, 17, 65), (1, 2, 15, 16, 17, 33, 131), (1, 3, 10, 16, 21)


def arrays(shape, dtype):
    n, d, k = shape
    rng = np.random.default_rng(0)
    return [rng.standard_normal(size).astype(dtype) for size in ((n, d), (k, d), k, (n, k))]


def forward(kernels, x, weight, bias):
    y = np.full((len(x), len(weight)), np.nan, x.dtype)
    kernels.dense_forward(x, weight, bias, y=y)
    return y


def gradients(kernels, x, weight, dy):
    dx, dweight, dbias = np.full_like(x, np.nan), np.zeros_like(weight), np.zeros(len(weight), x.dtype)
    kernels.dense_backward_input(dy, weight, dx=dx)
    kernels.dense_backward_params(x, dy, dweight=dweight, dbias=dbias)
    return dx, dweight, dbias


@cache
def exact_results(shape, dtype):
    """Return what the loops say and the sums of absolute values, which bound rounding errors; all builds share it."""
    x, weight, bias, dy = arrays(shape, dtype)
    values = oracles.dense(x, weight, bias), *oracles.dense_gradients(x, weight, dy)
    sizes = oracles.dense(abs(x), abs(weight), abs(bias)), *oracles.dense_gradients(abs(x), abs(weight), abs(dy))
    return values, sizes


@pytest.mark.parametrize("features", FEATURES)
def test_against_loops(kernels, features, dtype):
    for rows, outputs in product(ROWS, OUTPUTS):
        x, weight, bias, dy = arrays((rows, features, outputs), dtype)
        results = forward(kernels, x, weight, bias), *gradients(kernels, x, weight, dy)
        terms = features, outputs, rows, rows
        for got, want, size, count in zip(
            results, *exact_results((rows, features, outputs), dtype), terms, strict=True
        ):
            assert np.all(abs(got - want) <= (count + 2) * np.finfo(dtype).eps * size)


def test_gradients_against_central_differences(kernels):
    x, weight, bias, dy = arrays((5, 7, 6), np.float64)
    losses = (
        lambda value: np.vdot(dy, forward(kernels, value, weight, bias)),
        lambda value: np.vdot(dy, forward(kernels, x, value, bias)),
        lambda value: np.vdot(dy, forward(kernels, x, weight, value)),
    )
    for point, gradient, loss in zip((x, weight, bias), gradients(kernels, x, weight, dy), losses, strict=True):
        direction = np.random.default_rng(1).standard_normal(point.shape)
        want = oracles.central_difference(loss, point, direction)
        np.testing.assert_allclose(np.vdot(gradient, direction), want, rtol=1e-7)


@pytest.mark.parametrize("shape", [(64, 784, 128), (32, 2, 16), (7, 100, 10)], ids=str)
def test_against_pytorch(kernels, shape, dtype):
    torch = pytest.importorskip("torch")
    x, weight, bias, dy = arrays(shape, dtype)
    tensors = [torch.from_numpy(array.copy()).requires_grad_() for array in (x, weight, bias)]
    y = torch.nn.functional.linear(*tensors)
    y.backward(torch.from_numpy(dy))
    tolerance = 2000 * np.finfo(dtype).eps
    np.testing.assert_allclose(forward(kernels, x, weight, bias), y.detach().numpy(), rtol=tolerance, atol=tolerance)
    for got, tensor in zip(gradients(kernels, x, weight, dy), tensors, strict=True):
        np.testing.assert_allclose(got, tensor.grad.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", [(17, 33, 21), (9, 64, 10), (6, 5, 16), (67, 200, 70)], ids=str)
def test_a_sample_has_the_same_bits_alone_and_in_a_batch(build, shape, dtype):
    x, weight, bias, dy = arrays(shape, dtype)
    y, dx = forward(build, x, weight, bias), gradients(build, x, weight, dy)[0]
    for i in range(len(x)):
        assert np.array_equal(forward(build, x[i : i + 1], weight, bias), y[i : i + 1])
        assert np.array_equal(gradients(build, x[i : i + 1], weight, dy[i : i + 1])[0], dx[i : i + 1])


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_what_is_not_finite_stays_in_its_row(build, value, dtype):
    x, weight, bias, _ = arrays((9, 19, 11), dtype)
    x[4, 18] = value
    finite = np.isfinite(forward(build, x, weight, bias))
    assert not finite[4].any()
    assert np.delete(finite, 4, axis=0).all()


def test_gradients_of_parameters_are_added_to(kernels, dtype):
    x, weight, _, dy = arrays((5, 17, 6), dtype)
    _, once, once_bias = gradients(kernels, x, weight, dy)
    dweight, dbias = np.full_like(weight, 5), np.full(6, 7, dtype)
    kernels.dense_backward_params(x, dy, dweight=dweight, dbias=dbias)
    np.testing.assert_allclose(dweight - 5, once, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dbias - 7, once_bias, rtol=1e-4, atol=1e-4)
    kernels.dense_backward_params(x, dy, dweight=dweight, dbias=None)


def test_empty_batch(kernels, dtype):
    x, weight, bias, dy = arrays((0, 5, 3), dtype)
    assert forward(kernels, x, weight, bias).shape == (0, 3)
    dx, dweight, dbias = gradients(kernels, x, weight, dy)
    assert dx.shape == (0, 5)
    assert not dweight.any()
    assert not dbias.any()
