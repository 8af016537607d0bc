"""Arrays that no kernel may take by their address: each is an error before anything is read or written."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs._kernels import Window

WINDOW = Window((3, 3))
POOL = Window((2, 2), (2, 2))


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


WRONG = {
    "another type": lambda a: a.astype(np.float64 if a.dtype == np.float32 else np.float32),
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "fewer axes": lambda a: a[0],
    "not contiguous": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "complex": lambda a: a.astype(np.complex64),
    "none": lambda a: None,
}


def convolution(build, dtype, **changes):
    """Call a kernel that takes arrays of four axes and of one."""
    arrays = {
        "x": np.ones((2, 3, 8, 8), dtype),
        "weight": np.ones((4, 3, 3, 3), dtype),
        "bias": np.ones(4, dtype),
        "y": np.full((2, 4, 6, 6), 7, dtype),
    }
    given = {name: changes[name](array) if name in changes else array for name, array in arrays.items()}
    build.conv2d_forward(given["x"], given["weight"], given["bias"], WINDOW, y=given["y"])


MISTAKES = [(name, wrong) for name in ("x", "weight", "bias", "y") for wrong in WRONG]
MISTAKES.remove(("bias", "none"))  # it may be left out


@pytest.mark.parametrize(("name", "wrong"), MISTAKES)
def test_wrong_array(build, dtype, name, wrong):
    with pytest.raises((ValueError, TypeError, BufferError)):
        convolution(build, dtype, **{name: WRONG[wrong]})


def test_an_output_that_may_not_be_written(build, dtype):
    with pytest.raises(ValueError, match="read-only"):
        convolution(build, dtype, y=read_only)
    convolution(build, dtype, x=read_only, weight=read_only, bias=read_only)


def test_the_error_says_what_was_expected(build):
    x, y = np.ones((1, 3, 8, 8), np.float32), np.ones((1, 4, 6, 6), np.float64)
    with pytest.raises(ValueError, match=r"expected 4 axes of float32, got 4 of float64"):
        build.conv2d_forward(x, np.ones((4, 3, 3, 3), np.float32), None, WINDOW, y=y)


@pytest.mark.parametrize("argmax", [np.zeros((1, 2, 2, 2), np.int64), np.zeros((1, 2, 2, 2), np.float32)], ids=str)
def test_places_are_32_bits_wide(build, argmax):
    x, y = np.ones((1, 2, 4, 4), np.float32), np.ones((1, 2, 2, 2), np.float32)
    with pytest.raises(ValueError, match="expected 4 axes of int32"):
        build.maxpool2d_forward(x, POOL, y=y, argmax=argmax)
    with pytest.raises(ValueError, match="expected 4 axes of int32"):
        build.maxpool2d_backward(y, argmax, dx=x)


def test_labels_are_64_bits_wide(build, dtype):
    logits = np.ones((3, 4), dtype)
    with pytest.raises(ValueError, match="expected 1 axes of int64"):
        build.softmax_cross_entropy(logits, np.zeros(3, np.int32), dlogits=logits.copy())


@pytest.mark.parametrize("name", ["grad", "value", "velocity"])
def test_parameters_are_one_vector(build, dtype, name):
    vectors = {each: np.zeros((2, 3) if each == name else 6, dtype) for each in ("grad", "value", "velocity")}
    with pytest.raises(ValueError, match="expected 1 axes"):
        build.sgd_update(vectors["grad"], 0.1, 0.0, False, 0.0, value=vectors["value"], velocity=vectors["velocity"])


def test_a_batch_of_none_is_checked_too(build, dtype):
    x, y, argmax = np.ones((0, 3, 8, 8), dtype), np.ones((0, 4, 3, 3), dtype), np.ones((0, 4, 3, 3), np.int32)
    with pytest.raises(ValueError, match="expected 4 axes"):
        build.conv2d_relu_maxpool2d_forward(x, np.ones(4, dtype), None, WINDOW, (6, 6), POOL, 0.0, y=y, argmax=argmax)
