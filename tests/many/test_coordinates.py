"""Parallel coordinates: heights on each axis, scales of numbers, runs without a value, and the best one last."""

from __future__ import annotations

import pytest

from nnfs.many.coordinates import HEIGHT, TOP, parallel_coordinates
from nnfs.many.result import Result


def picture(settings, figures=None):
    ranked = [Result(job, {"loss": (figures or range(1, 99))[job]}) for job in range(len(settings))]
    return parallel_coordinates(ranked, dict(enumerate(settings)), "loss")


def test_numbers_from_small_to_large_have_a_logarithmic_axis():
    found = picture([{"rate": 10.0**-n} for n in range(8)])
    rate = found.axes[0]
    assert (rate.name, rate.note) == ("rate", "logarithmic")
    assert rate.heights[0] == TOP
    assert rate.heights[-1] == TOP + HEIGHT
    steps = [after - before for before, after in zip(rate.heights, rate.heights[1:], strict=False)]
    assert steps == pytest.approx([HEIGHT / 7] * 7, abs=0.11)


def test_a_few_values_stand_at_equal_distances():
    axis = picture([{"units": "[4]"}, {"units": "[16]"}, {"units": "[4]"}]).axes[0]
    assert [text for _, text in axis.ticks] == ["[16]", "[4]"]
    assert axis.heights[0] == axis.heights[2] != axis.heights[1]


def test_a_run_without_a_value_has_no_point_there_and_the_best_is_drawn_last():
    found = picture([{"a": 1}, {"a": 2, "b": 3}, {"b": 4}])
    assert [axis.name for axis in found.axes] == ["a", "b", "loss"]
    assert [len(line.points.split()) for line in found.lines] == [2, 3, 2]
    assert found.lines[-1].goodness == 1
    assert found.lines[-1].text == "loss 1: a 1"


@pytest.mark.parametrize("settings", [[], [{"a": 1}], [{"a": 1}, {"a": 1}], [{}, {}]])
def test_where_nothing_differs_there_is_no_picture(settings):
    assert picture(settings) is None


def test_equal_figures_have_one_place():
    assert len(picture([{"a": n} for n in range(9)], [3.0] * 9).axes[1].ticks) == 1
