"""Draws depend only on the seed, and every form of window has every kind of numbers."""

from __future__ import annotations

import numpy as np

from nnfs.verify.draw import FORMS, IMAGES, KINDS, Draw
from nnfs.verify.run import CASES_EACH


def test_the_seed_decides():
    first, again, other, single = (
        Draw("conv2d_forward", 5, np.float64),
        Draw("conv2d_forward", 5, np.float64),
        Draw("dense_forward", 5, np.float64),
        Draw("conv2d_forward", 5, np.float32),
    )
    geometry = first.channels(), first.window()
    assert geometry == (again.channels(), again.window()) == (single.channels(), single.window())
    numbers = first.plain(50)
    assert np.array_equal(numbers, again.plain(50))
    assert not np.array_equal(numbers, other.plain(50))
    assert np.array_equal(numbers.astype(np.float32), single.plain(50))


def test_every_form_meets_every_kind_and_number_of_images():
    draws = [Draw("conv2d_forward", seed, np.float32) for seed in range(CASES_EACH)]
    found = {(draw.form, draw.kind, draw.images) for draw in draws if draw.form != "deep"}
    assert len(found) == (len(FORMS) - 1) * len(KINDS) * len(IMAGES)
    assert {draw.images for draw in draws if draw.form == "deep"} == set(IMAGES)


def test_windows_are_what_they_are_called():
    for seed in range(CASES_EACH):
        draw = Draw("conv2d_forward", seed, np.float32)
        groups, channels, filters = draw.channels()
        size, window, output = draw.window()
        assert min(output) >= 1
        if draw.form == "kernel is image":
            assert window.size == size
            assert output == (1, 1)
        if draw.form == "depthwise":
            assert channels == 1 < groups
        if draw.form == "deep":
            assert min(channels, filters) >= 12
        if draw.form == "stride over kernel" and min(output) > 1:
            assert window.stride > window.size


def test_special_and_subnormal_numbers_are_among_them():
    dtype = np.float32
    special, subnormal = Draw("relu_forward", 2, dtype), Draw("relu_forward", 3, dtype)
    assert (special.kind, subnormal.kind) == ("special", "subnormal")
    numbers = special.numbers(1000)
    assert np.isnan(numbers).any()
    assert np.isposinf(numbers).any()
    assert np.isneginf(numbers).any()
    tiny = abs(subnormal.numbers(1000))
    assert np.count_nonzero((tiny > 0) & (tiny < np.finfo(dtype).tiny)) > 100
