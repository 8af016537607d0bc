"""Noise: the numbers that a key adds, their distribution, and that no thread and no build adds others."""

from __future__ import annotations

import math

import numpy as np
import pytest

GOLDEN, MULTIPLIERS = 0x9E3779B97F4A7C15, (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def add_noise(kernels, x, key, deviation):
    y = np.full_like(x, np.nan)
    kernels.add_noise(x, key, deviation, y=y)
    return y


def random_number(key, index):
    """Return a number of SplitMix64 by the rule, in Python's integers."""
    z = (key + (index + 1) * GOLDEN) % 2**64
    z = (z ^ (z >> 30)) * MULTIPLIERS[0] % 2**64
    z = (z ^ (z >> 27)) * MULTIPLIERS[1] % 2**64
    return z ^ (z >> 31)


def key_of(number):
    """Return the key whose first random number is ``number``: each step of the rule can be undone."""
    z = number ^ (number >> 31) ^ (number >> 62)
    z = z * pow(MULTIPLIERS[1], -1, 2**64) % 2**64
    z ^= (z >> 27) ^ (z >> 54)
    z = z * pow(MULTIPLIERS[0], -1, 2**64) % 2**64
    z ^= (z >> 30) ^ (z >> 60)
    return (z - GOLDEN) % 2**64


def normal_number(number):
    """Return the normal number of a random one, by the formula."""
    u, v = ((number >> 32) + 1) / 2**32, (number % 2**32) / 2**32
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


@pytest.mark.parametrize("key", [0, 1234567, 2**63, 2**64 - 1])
def test_against_the_formula(kernels, dtype, key):
    x = np.arange(-20, 57, dtype=dtype).reshape(7, 11) / 8
    want = x + 0.75 * np.array([normal_number(random_number(key, i)) for i in range(77)]).reshape(7, 11)
    np.testing.assert_allclose(add_noise(kernels, x, key, 0.75), want, rtol=0, atol=40 * np.finfo(dtype).eps)


@pytest.mark.parametrize("upper", [0, 1, 2, 3, 2**31 - 2, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1])
@pytest.mark.parametrize("lower", [0, 1, 2**30, 2**31 - 1, 2**31, 3 * 2**30, 2**32 - 1])
def test_ends_of_the_ranges(kernels, dtype, upper, lower):
    """The largest number there is, 6.66, and the smallest but 0; each with its own digits."""
    number = upper * 2**32 + lower
    assert random_number(key_of(number), 0) == number
    got = add_noise(kernels, np.zeros(1, dtype), key_of(number), 1.0)[0]
    radius = math.sqrt(-2 * math.log((upper + 1) / 2**32))
    assert abs(got - normal_number(number)) <= 8 * np.finfo(dtype).eps * radius


@pytest.mark.parametrize("length", [0, 1, 15, 17, 16384, 16385, 50_000])
def test_every_length(kernels, dtype, length):
    y = add_noise(kernels, np.ones(length, dtype), 5, 0.5)
    assert np.array_equal(y, add_noise(kernels, np.ones(60_000, dtype), 5, 0.5)[:length])


def test_the_distribution(kernels):
    """Of a million numbers; bounds are four standard deviations, those of the moments 1, 2, 6 and 96 by theory."""
    first, second = (add_noise(kernels, np.zeros(1_000_000), key, 1.0) for key in (7, 8))
    for moment, want, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((first**moment).mean() - want) < 4 * math.sqrt(variance / 1e6)
    for bound in (-2.5, -1, 0, 0.3, 2):
        share = math.erfc(-bound / math.sqrt(2)) / 2
        assert abs((first < bound).mean() - share) < 4 * math.sqrt(share * (1 - share) / 1e6)
    for a, b in ((first, second), (first[1:], first[:-1]), (first[2:], first[:-2])):
        assert abs((a * b).mean()) < 4e-3


def test_no_deviation_changes_nothing(kernels, dtype, rng):
    x = rng.standard_normal(1000).astype(dtype)
    assert np.array_equal(add_noise(kernels, x, 3, 0.0), x)


def test_what_is_not_finite_stays_so(kernels, dtype):
    x = np.array([np.nan, np.inf, -np.inf], dtype)
    assert np.array_equal(add_noise(kernels, x, 1, 0.5), x, equal_nan=True)


def test_it_may_write_where_it_reads(kernels, dtype):
    x = np.arange(40_000, dtype=dtype)
    want = add_noise(kernels, x, 3, 0.1)
    kernels.add_noise(x, 3, 0.1, y=x)
    assert np.array_equal(x, want)


def test_same_bits_for_any_number_of_threads(build, dtype, thread_count):
    x = np.arange(300_000, dtype=dtype)
    thread_count(1)
    want = add_noise(build, x, 9, 0.4).tobytes()
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert add_noise(build, x, 9, 0.4).tobytes() == want


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("length", [1, 16, 17, 16385])
def test_nothing_is_touched_beyond_the_arrays(build, dtype, length, at_end, guarded):
    """A read or write outside an array ends the process."""
    x, y = guarded(np.ones(length, dtype), at_end), guarded(np.zeros(length, dtype), at_end)
    build.add_noise(x, 1, 0.5, y=y)
    assert np.array_equal(y, add_noise(build, np.ones(length, dtype), 1, 0.5))
