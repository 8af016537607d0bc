"""Values of a setting in a sweep: lists, numbers between two ends, grids and random draws."""

from __future__ import annotations

import pytest

from nnfs.many.choices import Between, draw, grid, read_choices


def test_a_grid_has_every_combination():
    assert list(grid({"a": [1, 2], "b": ["x"]})) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]


def test_names_of_nested_tables_have_dots():
    found = read_choices({"optimizer": {"learning_rate": {"low": 0.1, "high": 1.0}}, "seed": [0]})
    assert found == {"optimizer.learning_rate": Between(0.1, 1.0), "seed": [0]}


def test_random_values_lie_between_the_ends_and_more_runs_begin_with_those_of_fewer():
    choices = {
        "rate": Between(1e-4, 0.1, log=True),
        "rows": Between(8, 128),
        "log": Between(1, 64, log=True),
        "c": [1, 2],
    }
    found = list(draw(choices, 50, 0))
    assert found[:20] == list(draw(choices, 20, 0))
    assert found[:20] != list(draw(choices, 20, 1))
    assert all(1e-4 <= one["rate"] <= 0.1 and isinstance(one["rate"], float) for one in found)
    assert {type(one["rows"]) for one in found} == {type(one["log"]) for one in found} == {int}
    assert sum(one["rate"] < 10**-2.5 for one in found) in range(15, 36)


def test_no_two_random_runs_are_equal_and_too_few_values_are_told():
    assert len(list(draw({"a": [1, 2]}, 2, 0))) == 2
    with pytest.raises(ValueError, match='method = "grid"'):
        list(draw({"a": [1, 2]}, 3, 0))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "wanted a list"),
        (3, "wanted a list"),
        ({"seed": 3}, r"sweep.values.seed: got 3, wanted a list of values"),
        ({"seed": []}, "sweep.values.seed is an empty list"),
        ({"seed": {"low": 1}}, "wanted numbers"),
        ({"seed": {"low": 2, "high": 1}}, "wanted numbers, low below high"),
        ({"seed": {"low": True, "high": 3}}, "wanted numbers"),
        ({"seed": {"low": 0.0, "high": 3.0, "log": True}}, "must be above 0"),
        ({"seed": {"low": 0.0, "high": 3.0, "step": 1}}, "has no 'step'"),
        ({"seed": {"low": 0.0, "high": float("inf")}}, "wanted numbers"),
    ],
)
def test_wrong_values_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        read_choices(values)


def test_a_grid_takes_no_ranges():
    with pytest.raises(ValueError, match='or write method = "random"'):
        list(grid({"a": Between(0.0, 1.0)}))
