"""Divisors of pixels."""

from __future__ import annotations

import pytest

from nnfs.arguments.pixels import divisor_for


@pytest.mark.parametrize(
    ("largest", "divisor"),
    [(1, 255), (255, 255), (256, 4095), (4095.0, 4095), (4096, 65535), (65535, 65535), (65536, None)],
)
def test_the_divisor_is_the_largest_pixel_of_the_fewest_bits(largest, divisor):
    assert divisor_for(largest) == divisor
