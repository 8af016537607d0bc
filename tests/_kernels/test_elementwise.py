"""ReLU, losses, the search for non-finite numbers and the optimizers."""

from __future__ import annotations

import math

import numpy as np
import oracles
import pytest

from nnfs._kernels.reference import kernels as reference

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 5e-324, 3.0, -3.0]
LENGTHS = [0, 1, 7, 8, 9, 15, 16, 17, 33, 1000, 16385]


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("length", [1, 3, 17, 23, 40_000])
def test_relu(kernels, length, slope, dtype):
    x = np.resize(np.array(SPECIAL, dtype), length).reshape(1, length)
    dy, y, dx = np.arange(1, length + 1, dtype=dtype).reshape(x.shape), np.empty_like(x), np.empty_like(x)
    kernels.relu_forward(x, slope, y=y)
    assert np.array_equal(y, np.where(x < 0, slope * x if slope else 0, x), equal_nan=True)
    kernels.relu_backward(dy, y, slope, dx=dx)
    assert np.array_equal(dx, np.where((y > 0) | np.isnan(y), dy, dy.dtype.type(slope) * dy))
    same = x.copy()
    kernels.relu_forward(same, slope, y=same)
    assert np.array_equal(same, y, equal_nan=True)
    same = dy.copy()
    kernels.relu_backward(same, y, slope, dx=same)
    assert np.array_equal(same, dx)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_all_finite(kernels, value, dtype):
    for length in LENGTHS:
        x = np.full(length, np.finfo(dtype).max, dtype)
        assert kernels.all_finite(x) is True
        for place in {0, length // 2, length - 1} if length else ():
            x[place] = value
            assert kernels.all_finite(x) is False
            x[place] = 0


@pytest.mark.parametrize("value", [0.0, -0.0, 3.0, np.nan])
def test_fill(kernels, value, dtype):
    for length in (*LENGTHS, 70_000):
        out = np.arange(length + 2, dtype=dtype)
        kernels.fill(np.array([value], dtype), out=out[1:-1])
        assert out[1:-1].tobytes() == np.full(length, value, dtype).tobytes()
        assert (out[0], out[-1]) == (0, length + 1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (5, 10), (3, 17), (64, 33)])
def test_softmax_cross_entropy(kernels, shape, dtype, rng):
    logits, labels = (10 * rng.standard_normal(shape)).astype(dtype), rng.integers(0, shape[1], shape[0])
    gradient = np.full_like(logits, np.nan)
    loss = kernels.softmax_cross_entropy(logits, labels, dlogits=gradient)
    want, want_gradient = oracles.softmax_cross_entropy(logits, labels)
    assert isinstance(loss, float)
    assert loss == pytest.approx(want, rel=50 * float(np.finfo(dtype).eps), abs=50 * float(np.finfo(dtype).eps))
    np.testing.assert_allclose(gradient, want_gradient, rtol=0, atol=50 * np.finfo(dtype).eps)


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


def steps(kernels, name, dtype, length, options, states):
    """Return value and state after three steps from fixed starts."""
    rng = np.random.default_rng(length)
    value = rng.standard_normal(length).astype(dtype)
    arrays = {state: abs(rng.standard_normal(length)).astype(dtype) for state in states}
    for step in (1, 2, 3):
        grad = rng.standard_normal(length).astype(dtype)
        numbers = [step if option == "step" else option for option in options]
        getattr(kernels, name)(grad, *numbers, value=value, **arrays)
    return [value, *arrays.values()]


@pytest.mark.parametrize(
    ("name", "options", "states"),
    [
        ("sgd_update", (0.1, 0.0, False, 0.01), ("velocity",)),
        ("sgd_update", (0.1, 0.9, False, 0.01), ("velocity",)),
        ("sgd_update", (0.1, 0.9, True, 0.01), ("velocity",)),
        ("adam_update", (0.01, 0.9, 0.999, 1e-8, 0.0, False, "step"), ("mean", "square")),
        ("adam_update", (0.01, 0.9, 0.999, 1e-8, 0.1, False, "step"), ("mean", "square")),
        ("adam_update", (0.01, 0.9, 0.999, 1e-8, 0.1, True, "step"), ("mean", "square")),
        ("rmsprop_update", (0.01, 0.9, 1e-8, 0.1), ("square",)),
    ],
)
def test_optimizer_steps_against_the_formula_in_float64(kernels, name, options, states, dtype):
    for length in LENGTHS:
        got = steps(kernels, name, dtype, length, options, states)
        want = steps(reference, name, np.float64, length, options, states)
        # The starts are drawn in float64 and rounded, so that float32 begins half a unit off.
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=100 * np.finfo(dtype).eps)


def test_plain_gradient_descent_needs_no_velocity(kernels, dtype):
    value = np.ones(5, dtype)
    kernels.sgd_update(np.ones(5, dtype), 0.5, 0.0, False, 0.0, value=value, velocity=np.empty(0, dtype))
    assert np.all(value == 0.5)


@pytest.mark.parametrize(
    ("name", "options", "rates"),
    [
        ("sgd_update", (0.1, 0.9, True, 0.01), {"velocity": 1}),
        ("adam_update", (0.01, 0.9, 0.999, 1e-8, 0.1, False, "step"), {"mean": 1, "square": 1}),
    ],
)
def test_pytorch_takes_the_same_steps(kernels, name, options, rates, dtype):
    torch = pytest.importorskip("torch")
    value = np.linspace(-1, 1, 33).astype(dtype)
    arrays = {state: np.zeros(33, dtype) for state in rates}
    parameter = torch.from_numpy(value.copy()).requires_grad_()
    rival = (
        torch.optim.SGD([parameter], 0.1, 0.9, nesterov=True, weight_decay=0.01)
        if name == "sgd_update"
        else torch.optim.Adam([parameter], 0.01, (0.9, 0.999), 1e-8, 0.1)
    )
    for step in (1, 2, 3, 4):
        grad = np.sin(np.arange(33) + step).astype(dtype)
        getattr(kernels, name)(
            grad, *[step if option == "step" else option for option in options], value=value, **arrays
        )
        parameter.grad = torch.from_numpy(grad)
        rival.step()
    np.testing.assert_allclose(value, parameter.detach().numpy(), rtol=0, atol=100 * np.finfo(dtype).eps)
