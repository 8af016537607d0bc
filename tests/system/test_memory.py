"""How much memory there is, and arrays that begin at a cache line."""

from __future__ import annotations

import os

import numpy as np
import pytest

from nnfs.errors import FormatError
from nnfs.system.memory import LARGEST_RATIO, LINE, SMALL, aligned_empty, check_unpacked, memory_bytes


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


def test_a_file_may_take_256_mib_or_1024_times_its_size():
    check_unpacked(SMALL, 0, "the pixels")
    check_unpacked(LARGEST_RATIO * 10**6, 10**6, "the pixels")
    with pytest.raises(FormatError, match="the pixels would take 268,435,457 bytes, wanted at most 268,435,456 for 9"):
        check_unpacked(SMALL + 1, 9, "the pixels")
    with pytest.raises(FormatError, match="wanted at most 1,024,000,000 for 1,000,000 bytes of data"):
        check_unpacked(LARGEST_RATIO * 10**6 + 1, 10**6, "the pixels")
