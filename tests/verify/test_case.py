"""A case of ``nnfs verify``, which is one call of a kernel, accepts right outputs and detects every kind of mistake."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs._kernels.reference import kernels as reference
from nnfs.verify.case import Case, call, worst
from nnfs.verify.draw import Draw
from nnfs.verify.fused import conv2d_relu_maxpool2d_backward
from nnfs.verify.windows import conv2d_backward_input


def test_worst():
    exact = np.array([1.0, np.nan, -np.inf, 0.0, 2.0])
    assert worst(exact, exact, 0.0)[0] == 0
    assert worst(np.array([1.5, np.nan, -np.inf, 0.0, 2.0]), exact, 1.0) == (0.5, (0,))
    assert worst(np.array([1.5, np.nan, -np.inf, 0.0, 2.0]), exact, 0.0) == (np.inf, (0,))
    assert worst(np.array([1.0, np.nan, np.inf, 0.0, 2.0]), exact, 1.0) == (np.inf, (2,))
    assert worst(np.array([1.0, 1.0, -np.inf, 0.0, 2.0]), exact, 1.0) == (np.inf, (1,))
    assert worst(np.array([np.nan, np.nan, -np.inf, 0.0, 2.0]), exact, 1.0) == (np.inf, (0,))
    assert worst(np.array([[0.0, 1], [2, 9]]), np.array([[0.0, 1], [2, 3]]), 2.0) == (3, (1, 1))
    assert worst(np.array(4.0), np.array(2.0), 1.0) == (2, ())
    assert worst(np.empty(0), np.empty(0), 0.0) == (0, ())


def test_a_sum_of_zeros_may_be_as_far_off_as_the_other_outputs_of_its_tile():
    """With Winograd's algorithm this pixel, whose exact sum is 0, shares the rounding errors of its tile."""
    case = conv2d_relu_maxpool2d_backward(Draw("conv2d_relu_maxpool2d_backward", 55, np.float32))
    alone = case.exact["dx"] == 0
    assert alone.any()
    assert (case.allowed["dx"][alone] > 1e-6).any()
    assert case.allowed["dx"].shape == case.exact["dx"].shape


def test_a_kernel_that_writes_beyond_its_output_is_seen():
    def kernel(x, *, y):
        y[...] = x
        y.base[-1] = 0

    with pytest.raises(AssertionError, match="beyond the ends of y"):
        call(kernel, (np.ones(4),), {"y": np.zeros(4)})


def test_a_kernel_that_changes_its_input_is_seen():
    def kernel(x, *, y):
        x[0] = 5

    with pytest.raises(AssertionError, match="only read"):
        call(kernel, (np.ones(4),), {"y": np.zeros(4)})


def test_calls_leave_their_arrays_alone():
    x, start = np.ones(4), np.full(4, 7.0)
    results = call(reference.relu_forward, (x, 0.0), {"y": start})
    assert np.array_equal(results["y"], x)
    assert (start == 7).all()
    assert call(reference.all_finite, (x,), {}) == {"the returned value": np.array(True)}


def test_finite_differences_say_when_the_reference_is_wrong(monkeypatch):
    """Kernel and reference agree, and both are wrong."""
    real = reference.conv2d_backward_input

    def half(dy, weight, window, *, dx):
        real(dy, weight, window, dx=dx)
        dx *= 0.5

    monkeypatch.setattr(reference, "conv2d_backward_input", half)
    case = conv2d_backward_input(Draw("conv2d_backward_input", 0, np.float64))
    shares = dict(case.check(call(half, case.arguments, case.outputs)))
    assert shares.pop("dx against finite differences") > 1
    assert max(shares.values()) <= 1


def test_an_error_is_told_with_its_place():
    case = Case("relu_forward", Draw("relu_forward", 1, np.float32), (np.array([[1.5, -1]]), 0.0), {})
    case.outputs = {"y": np.zeros((1, 2))}
    wrong = {"y": np.array([[1.5, 4.0]])}
    assert case.expect_float64().check(wrong) == [("y[0, 1], 4.0 instead of 0.0,", np.inf)]


def test_a_case_tells_its_geometry():
    draw = Draw("relu_forward", 1, np.float32)
    case = Case("relu_forward", draw, (np.zeros((2, 3)), 5), {})
    assert str(case) == "relu_forward(2x3, 5), whole numbers"
