"""Two kernels as one function: the size of the first array's elements chooses, and arguments pass untouched."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

dispatch = pytest.importorskip("nnfs._kernels.machine.dispatch", exc_type=ImportError)


def single(x, *rest, **arrays):
    return "single", x, rest, arrays


def double(x, *rest, **arrays):
    return "double", x, rest, arrays


@pytest.fixture
def kernel():
    return dispatch.by_size(single, double, "mix", "(x, weight, *, y)", "Mix x.")


@pytest.mark.parametrize(("dtype", "build"), [(np.float32, "single"), (np.float64, "double")])
def test_the_first_array_chooses(kernel, dtype, build):
    x, y = np.ones((2, 3, 4), dtype), object()
    chosen, first, rest, arrays = kernel(x, 5, y=y)
    assert first is x
    assert (chosen, rest, arrays) == (build, (5,), {"y": y})
    assert kernel(x[:, ::2].T)[0] == build  # what else is wrong with it is for the kernel to say
    x.flags.writeable = False
    assert kernel(x)[2:] == ((), {})


def test_what_is_no_array_is_refused(kernel):
    with pytest.raises(TypeError, match="bytes-like"):
        kernel(3)
    with pytest.raises(TypeError, match="by position"):
        kernel(x=np.ones(3))


def test_errors_pass():
    def fail(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        dispatch.by_size(fail, fail, "fail", "(x)", "Fail.")(np.ones(3))


def test_help_shows_what_it_is(kernel):
    assert list(inspect.signature(kernel).parameters) == ["x", "weight", "y"]
    assert (kernel.__name__, kernel.__doc__) == ("mix", "Mix x.")
