"""bfloat16: its numbers are those of float32 with 8 digits."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.io.bfloat16 import round_to_bfloat16, widen

ml_dtypes = pytest.importorskip("ml_dtypes")


def test_numbers_are_rounded_as_other_programs_round():
    x = np.random.default_rng(0).normal(size=999).astype(np.float32)
    x[:5] = np.inf, -np.inf, np.nan, 0, 1 + 2.0**-8
    np.testing.assert_array_equal(round_to_bfloat16(x), x.astype(ml_dtypes.bfloat16).astype(np.float32))


def test_each_number_of_16_bits_is_widened_exactly():
    bits = np.arange(2**16, dtype=np.uint16)
    np.testing.assert_array_equal(widen(bits), bits.view(ml_dtypes.bfloat16).astype(np.float32), strict=True)
    assert widen(bits[0].reshape(())).shape == ()
