"""Losses: the formula number by number, extreme and non-finite logits, and central differences."""

from __future__ import annotations

import math

import numpy as np
import oracles
import pytest


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (5, 10), (3, 17), (64, 33)])
def test_softmax_cross_entropy(kernels, shape, dtype, rng):
    logits, labels = (10 * rng.standard_normal(shape)).astype(dtype), rng.integers(0, shape[1], shape[0])
    gradient = np.full_like(logits, np.nan)
    loss = kernels.softmax_cross_entropy(logits, labels, dlogits=gradient)
    want, want_gradient = oracles.softmax_cross_entropy(logits, labels)
    assert isinstance(loss, float)
    assert loss == pytest.approx(want, rel=50 * float(np.finfo(dtype).eps), abs=50 * float(np.finfo(dtype).eps))
    np.testing.assert_allclose(gradient, want_gradient, rtol=0, atol=50 * np.finfo(dtype).eps)


def test_softmax_cross_entropy_of_a_row_that_is_nearly_sure(kernels, dtype):
    logits = np.array([[10, 0, 0, -1]], dtype)
    gradient = np.empty_like(logits)
    want = math.log1p(2 * math.exp(-10) + math.exp(-11))
    assert kernels.softmax_cross_entropy(logits, np.array([0]), dlogits=gradient) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("label", [3, 100, -1, 10**9, -(10**9), 2**62, -(2**63)])
def test_softmax_cross_entropy_of_a_label_that_is_no_class(kernels, label, dtype, rng):
    """It would point beyond the row: nothing is written."""
    logits, gradient = rng.standard_normal((4, 3)).astype(dtype), np.full((4, 3), 7, dtype)
    with pytest.raises(ValueError, match=f"^labels\\[2\\] must be from 0 to 2, got {label}$"):
        kernels.softmax_cross_entropy(logits, np.array([0, 2, label, label]), dlogits=gradient)
    assert (gradient == 7).all()


def test_softmax_cross_entropy_of_extreme_logits(kernels, dtype):
    logits = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4]], dtype)
    gradient = np.empty_like(logits)
    assert kernels.softmax_cross_entropy(logits, np.array([0, 1]), dlogits=gradient) == pytest.approx(math.log(3) / 2)
    assert kernels.softmax_cross_entropy(logits, np.array([1, 1]), dlogits=gradient) == pytest.approx(
        1e4 + math.log(3) / 2
    )


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("bad", [[-np.inf] * 3, [0, np.inf, 1], [0, 1, np.nan], [np.nan, 0, 0]])
def test_softmax_cross_entropy_of_a_row_that_is_not_finite(kernels, bad, dtype):
    logits = np.array([[1, 2, 3], bad, [3, 2, 1]], dtype)
    gradient = np.empty_like(logits)
    assert math.isnan(kernels.softmax_cross_entropy(logits, np.array([0, 0, 0]), dlogits=gradient))
    assert np.isnan(gradient[1]).all()
    assert np.isfinite(gradient[[0, 2]]).all()


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (2, 3, 4, 5), (17,)])
def test_mean_squared_error(kernels, shape, dtype, rng):
    y, targets = (rng.standard_normal(shape).astype(dtype) for _ in range(2))
    gradient = np.full_like(y, np.nan)
    loss = kernels.mean_squared_error(y, targets, dy=gradient)
    want, want_gradient = oracles.mean_squared_error(y, targets)
    assert loss == pytest.approx(want, rel=50 * float(np.finfo(dtype).eps))
    np.testing.assert_allclose(gradient, want_gradient, rtol=50 * np.finfo(dtype).eps)


def test_gradients_of_losses_against_central_differences(kernels, rng):
    y, targets, direction = (rng.standard_normal((6, 5)) for _ in range(3))
    labels, gradient, unused = rng.integers(0, 5, 6), np.empty((6, 5)), np.empty((6, 5))
    for loss, extra, name in (
        (kernels.softmax_cross_entropy, labels, "dlogits"),
        (kernels.mean_squared_error, targets, "dy"),
    ):
        loss(y, extra, **{name: gradient})
        want = oracles.central_difference(lambda value: loss(value, extra, **{name: unused}), y, direction)  # noqa: B023
        np.testing.assert_allclose(np.vdot(gradient, direction), want, rtol=1e-7)
