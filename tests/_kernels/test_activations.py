"""GELU, SiLU, ELU and softplus: against the formulas number by number, at the ends of the number line, and PyTorch."""

from __future__ import annotations

import math

import numpy as np
import oracles
import pytest

SPOTS = [0.0, -0.0, 1e-30, -1e-30, 1e-5, -1e-5, 80.0, -80.0, 90.0, -90.0, 1e4, -1e4]
ROOT = math.sqrt(2 / math.pi)


def softplus(x, beta):
    return (max(beta * x, 0) + math.log1p(math.exp(-abs(beta * x)))) / beta


# Name of the kernel, its arguments, the formula, and PyTorch's function.
CASES = {
    "gelu": ("gelu", (False,), lambda x: x * math.erfc(-x / math.sqrt(2)) / 2, lambda f, x: f.gelu(x)),
    "gelu_tanh": (
        "gelu",
        (True,),
        lambda x: x * (1 + math.tanh(ROOT * (x + 0.044715 * x**3))) / 2,
        lambda f, x: f.gelu(x, approximate="tanh"),
    ),
    "silu": ("silu", (), lambda x: x / (1 + math.exp(-x)) if x > -700 else 0.0, lambda f, x: f.silu(x)),
    "elu": ("elu", (1.5,), lambda x: x if x > 0 else 1.5 * math.expm1(x), lambda f, x: f.elu(x, 1.5)),
    "softplus": ("softplus", (1.0,), lambda x: softplus(x, 1), lambda f, x: f.softplus(x)),
    "softplus_3": ("softplus", (3.0,), lambda x: softplus(x, 3), lambda f, x: f.softplus(x, 3)),
}
NAMES = list(CASES)


def forward(kernels, name, x):
    kernel, arguments, *_ = CASES[name]
    y = np.full_like(x, 7)
    with np.errstate(all="ignore"):
        getattr(kernels, f"{kernel}_forward")(x, *arguments, y=y)
    return y


def backward(kernels, name, dy, x):
    kernel, arguments, *_ = CASES[name]
    kept = forward(kernels, name, x) if kernel == "elu" else x
    dx = np.full_like(x, 7)
    with np.errstate(all="ignore"):
        getattr(kernels, f"{kernel}_backward")(dy, kept, *arguments, dx=dx)
    return dx


@pytest.mark.parametrize("name", NAMES)
def test_against_the_formula(kernels, name, dtype):
    x = np.concatenate([np.linspace(-14, 14, 1999), SPOTS]).astype(dtype)
    want = [CASES[name][2](value) for value in x.tolist()]
    tolerance = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(forward(kernels, name, x), want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "rtol"), [("gelu", 2e-5), ("silu", 1e-6), ("elu", 1e-6), ("softplus", 1e-6)])
def test_small_results_keep_their_digits(kernels, name, rtol, dtype):
    x = np.concatenate([np.linspace(-12, -1e-6, 1001), -(10.0 ** -np.arange(1, 20))]).astype(dtype)
    np.testing.assert_allclose(forward(kernels, name, x), [CASES[name][2](v) for v in x.tolist()], rtol=rtol)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_against_central_differences(kernels, name, rng):
    x = np.concatenate([rng.normal(0, 2, 300), [-9.0, 9.0, 0.5, -0.5]]).reshape(2, 2, -1)
    dy, direction = rng.standard_normal(x.shape), rng.standard_normal(x.shape)
    want = oracles.central_difference(lambda value: np.vdot(dy, forward(kernels, name, value)), x, direction)
    np.testing.assert_allclose(np.vdot(backward(kernels, name, dy, x), direction), want, rtol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_in_float32_and_in_any_number(build, name, rng):
    for length in (0, 1, 7, 15, 16, 17, 33, 16384, 16385, 40_000):
        x, dy = rng.normal(0, 3, length), rng.standard_normal(length)
        single = backward(build, name, dy.astype(np.float32), x.astype(np.float32))
        double = backward(build, name, dy.astype(np.float32).astype(float), x.astype(np.float32).astype(float))
        np.testing.assert_allclose(single, double, rtol=2e-6, atol=5e-6)


@pytest.mark.parametrize("name", NAMES)
def test_far_out_and_beyond(kernels, name, dtype):
    y = forward(kernels, name, np.array([1e4, -1e4, np.inf, np.nan], dtype))
    lowest = -1.5 if name == "elu" else 0
    np.testing.assert_array_equal(y, np.array([1e4, lowest, np.inf, np.nan], dtype))
    x = np.array([1e4, -1e4], dtype)
    np.testing.assert_array_equal(backward(kernels, name, np.full_like(x, 3), x), [3, 0])


@pytest.mark.parametrize("name", NAMES)
def test_pytorch_has_the_same(kernels, name, dtype, rng):
    torch = pytest.importorskip("torch")
    x, dy = rng.normal(0, 3, (5, 77)).astype(dtype), rng.standard_normal((5, 77)).astype(dtype)
    input_ = torch.from_numpy(x).requires_grad_()
    output = CASES[name][3](torch.nn.functional, input_)
    output.backward(torch.from_numpy(dy))
    tolerance = {"rtol": 1e-5, "atol": 2e-6} if dtype is np.float32 else {"rtol": 1e-7, "atol": 1e-8}
    np.testing.assert_allclose(forward(kernels, name, x), output.detach().numpy(), **tolerance)
    np.testing.assert_allclose(backward(kernels, name, dy, x), input_.grad.numpy(), **tolerance)


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_touched_beyond_the_arrays(build, name, at_end, dtype, guarded, rng):
    """A read or write outside an array ends the process."""
    kernel, arguments, *_ = CASES[name]
    for length in (1, 15, 17, 16385):
        x, y = (guarded(rng.standard_normal(length).astype(dtype), at_end) for _ in range(2))
        getattr(build, f"{kernel}_forward")(x, *arguments, y=y)
        getattr(build, f"{kernel}_backward")(x, x, *arguments, dx=y)


@pytest.mark.parametrize("name", NAMES)
def test_same_bits_for_any_number_of_threads(build, name, dtype, thread_count, rng):
    x, dy = rng.standard_normal((2, 70_001)).astype(dtype)
    thread_count(1)
    want = [forward(build, name, x), backward(build, name, dy, x)]
    for count in (2, 3):
        thread_count(count)
        got = [forward(build, name, x), backward(build, name, dy, x)]
        assert all(a.tobytes() == b.tobytes() for a, b in zip(got, want, strict=True))
