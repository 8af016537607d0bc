"""What kernels of random numbers share: the rule, and that no thread, no build and no buffer gives other numbers."""

from __future__ import annotations

import numpy as np
import pytest
from cases import random_number

SPLIT_MIX = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
"""The first numbers of SplitMix64 begun at 1234567, as commonly printed to check an implementation."""

random_kernels = pytest.mark.parametrize("name", ["dropout", "add_noise"])


def run(kernels, name, x):
    y = np.full_like(x, np.nan)
    getattr(kernels, name)(x, 3, 0.4, y=y)
    return y


def test_the_rule_gives_the_known_numbers():
    assert [random_number(1234567, index) for index in range(5)] == SPLIT_MIX


@random_kernels
def test_it_may_write_where_it_reads(kernels, name, dtype):
    x = np.arange(40_000, dtype=dtype)
    want = run(kernels, name, x)
    getattr(kernels, name)(x, 3, 0.4, y=x)
    assert np.array_equal(x, want)


@random_kernels
def test_same_bits_for_any_number_of_threads(build, name, dtype, thread_count):
    x = np.arange(300_000, dtype=dtype)
    thread_count(1)
    want = run(build, name, x).tobytes()
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert run(build, name, x).tobytes() == want


@random_kernels
@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("length", [1, 16, 17, 16385])
def test_nothing_is_touched_beyond_the_arrays(build, name, dtype, length, at_end, guarded):
    """A read or write outside an array ends the process."""
    x, y = guarded(np.ones(length, dtype), at_end), guarded(np.zeros(length, dtype), at_end)
    getattr(build, name)(x, 3, 0.4, y=y)
    assert np.array_equal(y, run(build, name, np.ones(length, dtype)))
