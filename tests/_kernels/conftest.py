"""Fixtures for the tests of the kernels: every backend and build, and both float types."""

from __future__ import annotations

import ctypes
import mmap
import sys

import numpy as np
import pytest
from effort import times
from hypothesis import HealthCheck, settings

from nnfs import _kernels
from nnfs._kernels import threads
from nnfs._kernels.reference import kernels as reference

settings.register_profile(
    "kernels",
    derandomize=True,
    deadline=None,
    max_examples=times(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("kernels")

if "cython" in _kernels.available_backends():
    from nnfs._kernels import compiled

    BUILDS = compiled.available_builds()
else:
    BUILDS = []


def _load(name):
    return reference if name == "numpy" else compiled.load_build(name)


@pytest.fixture(params=["numpy", *BUILDS], scope="session")
def kernels(request):
    """Give every implementation in turn: the reference and each build that runs here."""
    return _load(request.param)


@pytest.fixture(params=BUILDS, scope="session")
def build(request):
    """Give each compiled build that runs here."""
    return _load(request.param)


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def thread_count():
    """Give the function that sets the number of threads, and put the number back afterwards."""
    before = threads.get_num_threads()
    yield threads.set_num_threads
    threads.set_num_threads(before)


@pytest.fixture
def guarded():
    """Give a function that copies an array to the very end, or start, of pages that lie between forbidden ones.

    What is left of these pages must still be zeros when the test is over.
    """
    if not sys.platform.startswith("linux"):
        pytest.skip("mprotect as Linux has it")
    libc = ctypes.CDLL(None, use_errno=True)
    rest = []

    def place(array, at_end):
        page = mmap.PAGESIZE
        pages = -(-array.nbytes // page)
        memory = mmap.mmap(-1, (pages + 2) * page)
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        for guard in (start, start + (pages + 1) * page):
            assert libc.mprotect(ctypes.c_void_p(guard), ctypes.c_size_t(page), 0) == 0
        offset = page + (pages * page - array.nbytes if at_end else 0)
        copy = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
        copy[...] = array
        rest.append((memory, page, offset))
        rest.append((memory, offset + array.nbytes, (pages + 1) * page))
        return copy

    yield place
    assert not any(memory[begin:end].strip(b"\0") for memory, begin, end in rest), "written beside an array"
