"""One step of each optimizer: the formula in float64, and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs._kernels.reference import kernels as reference

LENGTHS = [0, 1, 7, 8, 9, 15, 16, 17, 33, 1000, 16385]


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
