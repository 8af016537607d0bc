"""Figures for people: four digits that say something, at any size."""

from __future__ import annotations

import pytest

from nnfs.figures import four_digits


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (17274773784.5494, "1.727e+10"),
        (0.0000032, "3.2e-06"),
        (0.302649, "0.3026"),
        (99.856, "99.86"),
        (0.0, "0"),
        (1.0, "1"),
        (1234567, "1234567"),
        (None, "not finite"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_four_digits_are_kept_at_any_size(figure, text):
    assert four_digits(figure) == text
