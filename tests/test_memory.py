"""How much memory there is, and arrays that begin at a cache line."""

from __future__ import annotations

import os

import numpy as np
import pytest

from nnfs.memory import LINE, aligned_empty, memory_bytes


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_an_array_begins_at_a_cache_line(dtype):
    arrays = [aligned_empty(size, dtype) for size in (0, 1, 3, 1000, 100_000)]
    assert [array.shape for array in arrays] == [(0,), (1,), (3,), (1000,), (100_000,)]
    for array in arrays:
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.size == 0 or array.ctypes.data % LINE == 0
        array[...] = 7
        assert (array == 7).all()


def test_the_memory_of_this_computer(monkeypatch):
    assert memory_bytes() is None or 2**26 < memory_bytes() < 2**50
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert memory_bytes() is None
