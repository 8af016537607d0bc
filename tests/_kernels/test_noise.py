"""Noise: the numbers that a key adds, their distribution, and that no thread and no build adds others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import GOLDEN, MULTIPLIERS, random_number


def add_noise(kernels, x, key, deviation):
    y = np.full_like(x, np.nan)
    kernels.add_noise(x, key, deviation, y=y)
    return y


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
