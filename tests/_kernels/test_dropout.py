"""Dropout: which elements a key drops, and that no thread and no build drops others."""

from __future__ import annotations

import numpy as np
import pytest
from cases import random_number


def dropout(kernels, x, key, rate):
    y = np.full_like(x, np.nan)
    kernels.dropout(x, key, rate, y=y)
    return y


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.3, 1 - 2**-53])
@pytest.mark.parametrize("key", [0, 1234567, 2**63, 2**64 - 1])
def test_against_the_rule(kernels, dtype, key, rate):
    x = np.arange(-20, 57, dtype=dtype).reshape(7, 11)
    kept = [number >> 32 >= int(rate * 2**32) for number in (random_number(key, i) for i in range(x.size))]
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
