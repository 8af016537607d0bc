"""Verification covers every kernel of the contract, accepts right kernels, and detects every mistake."""

from __future__ import annotations

import numpy as np
import pytest
from effort import times

from nnfs import _kernels
from nnfs._kernels import threads
from nnfs._kernels.reference import kernels as reference
from nnfs.verify import CHECKS, runnable_builds, verify
from nnfs.verify.run import CASES

RIGHT = dict(vars(reference))


def rows_of(kernel, name, **options):
    """Verify one function as the kernel ``name`` of a compiled build, and return the rows."""
    return list(verify([name], builds={"odd": RIGHT | {name: kernel}}, **options))


def test_every_kernel_of_the_contract_is_checked():
    assert set(CASES) == set(_kernels.KERNEL_NAMES)
    assert set(CHECKS) == {*_kernels.KERNEL_NAMES, "predict", "fit"}


def test_every_kernel_of_every_build_is_right():
    rows = list(verify(cases=times(14)))
    assert [failure for row in rows for failure in row.failures] == []
    builds = {"numpy", *(runnable_builds())}
    assert {(row.check, row.build, row.dtype) for row in rows if row.check in CASES} == {
        (name, build, dtype) for name in CASES for build in builds for dtype in ("float32", "float64")
    }
    assert {row.cases for row in rows} == {times(14)}
    assert all(0 < row.worst < 1 for row in rows if row.check == "conv2d_forward" and row.dtype == "float32")


def slightly_wrong(name):
    """Return a kernel with one wrong element, which is off by a thousandth."""

    def kernel(*arguments, **outputs):
        returned = RIGHT[name](*arguments, **outputs)
        if isinstance(returned, bool):
            return not returned
        for output in outputs.values():
            if output is not None and output.size:
                last = output.reshape(-1)[-1:]
                last += 1 if last.dtype.kind == "i" else abs(last) / 1000 + last.dtype.type(1e-3)
                break
        return returned

    return kernel


@pytest.mark.parametrize("name", _kernels.KERNEL_NAMES)
def test_one_wrong_element_is_seen_and_its_seed_shows_it_again(name):
    for row in rows_of(slightly_wrong(name), name, seed=3, cases=7):
        assert row.failures
        assert f"--kernel {name} --seed {row.seed} --cases 1" in row.failures[0]
        again = rows_of(slightly_wrong(name), name, seed=row.seed, cases=1)
        # The seed must repeat in its own type: an error in float64 may be within the rounding of float32.
        assert all(other.failures for other in again if (other.build, other.dtype) == (row.build, row.dtype))
        assert not any(row.failures for row in rows_of(RIGHT[name], name, seed=row.seed, cases=1))


def test_a_result_that_depends_on_the_number_of_threads_is_seen():
    def kernel(x, slope, *, y):
        reference.relu_forward(x, slope, y=y)
        if threads.get_num_threads() == 7:
            y.reshape(-1)[-1:] += 1

    rows = rows_of(kernel, "relu_forward", cases=2)
    assert "y has other bits with 7 threads than with 1" in rows[0].failures[0]


def test_an_error_is_a_failure():
    def kernel(x, slope, *, y):
        raise MemoryError("none left")

    assert "MemoryError: none left" in rows_of(kernel, "relu_forward", cases=1)[0].failures[0]


@pytest.mark.parametrize("odd", ["last of ties", "padding wins", "NaN loses"])
def test_broken_rules_of_pooling_are_seen(odd):
    def kernel(x, window, *, y, argmax):
        if odd == "NaN loses":
            x = np.nan_to_num(x, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        reference.maxpool2d_forward(x, window, y=y, argmax=argmax)
        if odd == "padding wins" and any(window.padding):
            y[y < 0] = 0
        if odd == "last of ties" and window.size[0] > 1:
            below = np.minimum(argmax + x.shape[3], x.shape[2] * x.shape[3] - 1)
            planes = x.reshape(*x.shape[:2], -1)
            tie = np.take_along_axis(planes, below.reshape(*x.shape[:2], -1), 2).reshape(y.shape) == y
            argmax[tie] = below[tie]

    assert rows_of(kernel, "maxpool2d_forward", cases=35)[0].failures


def test_the_number_of_threads_is_put_back(backend):
    before = threads.get_num_threads(), threads.reason()
    list(verify(["relu_forward"], cases=1))
    assert (threads.get_num_threads(), threads.reason()) == before


def test_the_builds_belong_to_the_caller():
    runnable_builds()["numpy"].clear()
    assert vars(reference)
