"""Dropout: which elements a key drops, and that no thread and no build drops others."""

from __future__ import annotations

import numpy as np
import pytest

SPLIT_MIX = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
"""The first numbers of SplitMix64 begun at 1234567, as commonly printed to check an implementation."""


def dropout(kernels, x, key, rate):
    y = np.full_like(x, np.nan)
    kernels.dropout(x, key, rate, y=y)
    return y


def random_numbers(key, count):
    """Return the numbers of SplitMix64 by the rule, in Python's integers."""
    numbers, state = [], key
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        z = state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        numbers.append(z ^ (z >> 31))
    return numbers


def test_the_rule_gives_the_known_numbers():
    assert random_numbers(1234567, 5) == SPLIT_MIX


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.3, 1 - 2**-53])
@pytest.mark.parametrize("key", [0, 1234567, 2**63, 2**64 - 1])
def test_against_the_rule(kernels, dtype, key, rate):
    x = np.arange(-20, 57, dtype=dtype).reshape(7, 11)
    kept = [number >> 32 >= int(rate * 2**32) for number in random_numbers(key, x.size)]
    want = x * np.where(kept, 1 / (1 - rate), 0).astype(dtype).reshape(x.shape)
    assert np.array_equal(dropout(kernels, x, key, rate), want)


@pytest.mark.parametrize("length", [0, 1, 15, 17, 16384, 16385, 50_000])
def test_every_length(kernels, dtype, length):
    x = np.ones(length, dtype)
    y = dropout(kernels, x, 5, 0.5)
    assert np.array_equal(y, dropout(kernels, np.ones(60_000, dtype), 5, 0.5)[:length])


def test_the_share_that_is_dropped_and_no_pattern_in_it(kernels):
    """Of a million draws four standard deviations are 0.0018; neighbours, and keys in turn, are independent."""
    dropped = [dropout(kernels, np.ones(1_000_000, np.float32), key, 0.3) == 0 for key in (7, 8)]
    for share in (dropped[0].mean(), dropped[1].mean()):
        assert abs(share - 0.3) < 0.0018
    for a, b in ((dropped[0], dropped[1]), (dropped[0][1:], dropped[0][:-1])):
        assert abs((a & b).mean() - 0.09) < 0.0012


def test_what_is_not_finite_stays_so(kernels, dtype):
    """NaN that is dropped is NaN times 0; nobody shall miss it."""
    with np.errstate(invalid="ignore"):
        assert np.isnan(dropout(kernels, np.full(50, np.nan, dtype), 1, 0.5)).all()


def test_it_may_write_where_it_reads(kernels, dtype):
    x = np.arange(40_000, dtype=dtype)
    want = dropout(kernels, x, 3, 0.1)
    kernels.dropout(x, 3, 0.1, y=x)
    assert np.array_equal(x, want)


def test_same_bits_for_any_number_of_threads(build, dtype, thread_count):
    x = np.arange(300_000, dtype=dtype)
    thread_count(1)
    want = dropout(build, x, 9, 0.4).tobytes()
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert dropout(build, x, 9, 0.4).tobytes() == want


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("length", [1, 16, 17, 16385])
def test_nothing_is_touched_beyond_the_arrays(build, dtype, length, at_end, guarded):
    """A read or write outside an array ends the process."""
    x, y = guarded(np.ones(length, dtype), at_end), guarded(np.zeros(length, dtype), at_end)
    build.dropout(x, 1, 0.5, y=y)
    assert np.array_equal(y, dropout(build, np.ones(length, dtype), 1, 0.5))
