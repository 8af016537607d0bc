"""Fused kernels are as right as loops, central differences, PyTorch and the reference can tell."""

from __future__ import annotations

import itertools

import numpy as np
import oracles
import pytest
from cases import CONVOLUTIONS_OF_WINNERS, ODD_CONVOLUTIONS, convolution_arrays
from fused_cases import POOLS, fused, gradient_for, pools_for

from nnfs._kernels import Window
from nnfs._kernels.reference import kernels as reference


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("case", [*(ODD_CONVOLUTIONS[i] for i in (3, 4, 6, 8)), *CONVOLUTIONS_OF_WINNERS[2:4]], ids=str)
def test_against_loops(kernels, case, dtype, slope):
    x, weight, bias, _ = convolution_arrays(case, dtype)
    window, pool = case[2], POOLS[1]
    y, _, backward = fused(kernels, x, weight, bias, window, pool, slope)
    full = oracles.conv2d(x, weight, bias, window)[0]
    full = np.maximum(full, slope * full)
    want, places = oracles.maxpool2d(full, pool)
    dy = gradient_for(y)
    stopped = oracles.maxpool2d_gradient(dy.astype(float), places, full.shape) * np.where(full > 0, 1, slope)
    tolerance = 1000 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, want, rtol=tolerance, atol=tolerance)
    for got, exact in zip(backward(dy), oracles.conv2d_gradients(x, weight, stopped, window), strict=True):
        np.testing.assert_allclose(got, exact, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("pool", [None, *POOLS[:4]], ids=str)
@pytest.mark.parametrize("case", [*(ODD_CONVOLUTIONS[i] for i in (3, 4, 6, 7, 8)), CONVOLUTIONS_OF_WINNERS[3]], ids=str)
def test_gradients_against_central_differences(kernels, case, pool, slope):
    x, weight, bias, full = convolution_arrays(case, np.float64)
    if pool not in pools_for(full.shape[2:]):
        pytest.skip("the pool does not fit")
    y, _, backward = fused(kernels, x, weight, bias, case[2], pool, slope)
    dy = gradient_for(y)
    dx, dweight, dbias = backward(dy)

    def loss(x, weight, bias):
        return np.vdot(dy, fused(kernels, x, weight, bias, case[2], pool, slope)[0])

    for point, gradient, along in (
        (x, dx, lambda value: loss(value, weight, bias)),
        (weight, dweight, lambda value: loss(x, value, bias)),
        (bias, dbias, lambda value: loss(x, weight, value)),
    ):
        direction = np.random.default_rng(1).standard_normal(point.shape)
        want = oracles.central_difference(along, point, direction, step=1e-7)
        np.testing.assert_allclose(np.vdot(gradient, direction), want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("pool", [None, POOLS[0], POOLS[2]], ids=str)
def test_against_pytorch(kernels, dtype, pool, slope):
    torch = pytest.importorskip("torch")
    window = Window((3, 3), (1, 1), (1, 1, 1, 1))
    x, weight, bias, _ = convolution_arrays(((5, 3, 13, 18), (9, 3, 3, 3), window), dtype)
    tensors = [torch.from_numpy(array.copy()).requires_grad_() for array in (x, weight, bias)]
    want = torch.nn.functional.leaky_relu(torch.nn.functional.conv2d(*tensors, padding=1), slope)
    if pool is not None:
        want = torch.nn.functional.max_pool2d(want, pool.size, pool.stride, pool.padding[0])
    y, _, backward = fused(kernels, x, weight, bias, window, pool, slope)
    dy = gradient_for(y)
    want.backward(torch.from_numpy(dy))
    tolerance = 500 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, want.detach().numpy(), rtol=tolerance, atol=tolerance)
    for got, tensor in zip(backward(dy), tensors, strict=True):
        np.testing.assert_allclose(got, tensor.grad.numpy(), rtol=tolerance, atol=20 * tolerance)


def test_the_reference_agrees(build, dtype):
    """The comparisons above stay within one implementation; this one crosses over."""
    window = Window((3, 2), (2, 1), (1, 1, 0, 1))
    x, weight, bias, _ = convolution_arrays(((7, 4, 17, 19), (6, 2, 3, 2), window), dtype)
    tolerance = 1000 * np.finfo(dtype).eps
    for pool, slope in itertools.product((None, *POOLS[:4]), (0, 0.3, 1)):
        got, want = (fused(kernels, x, weight, bias, window, pool, slope) for kernels in (build, reference))
        np.testing.assert_allclose(got[0], want[0], rtol=tolerance, atol=tolerance)
        dy = gradient_for(got[0])
        for a, b in zip(got[2](dy), want[2](dy), strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
