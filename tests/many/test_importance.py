"""What mattered: the share of the variance that a setting explains alone, and 0 for one that does nothing."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.many.importance import importance


def test_a_setting_that_decides_everything_has_all_of_it_and_one_that_does_nothing_none():
    settings = [{"rate": rate, "seed": seed, "data": "moons"} for rate in (1, 2, 3) for seed in range(4)]
    found = importance(settings, [one["rate"] * 100 + 0.1 * (one["seed"] % 2) for one in settings])
    assert list(found) == ["rate", "seed"]
    assert found["rate"] > 0.85
    assert found["seed"] == 0


def test_a_setting_without_effect_has_0_on_average():
    rng = np.random.default_rng(0)
    shares = [importance([{"a": n % 5} for n in range(20)], rng.normal(size=20))["a"] for _ in range(200)]
    assert 0 <= np.mean(shares) < 0.1


def test_numbers_that_all_differ_fall_into_groups():
    rates = np.random.default_rng(0).uniform(size=40)
    assert importance([{"rate": float(rate)} for rate in rates], rates**2)["rate"] > 0.8


def test_it_is_the_formula():
    groups, figures = [0, 0, 0, 1, 1, 1], [1.0, 2.0, 4.0, 3.0, 5.0, 9.0]
    ranks = np.array([1, 2, 4, 3, 5, 6])
    within = (ranks[:3].var() + ranks[3:].var()) * 3 / 4
    assert importance([{"g": g} for g in groups], figures)["g"] == pytest.approx(1 - within / (ranks.var() * 6 / 5))


@pytest.mark.parametrize("figures", [[], [1.0], [2.0, 2.0]])
def test_of_too_few_or_equal_figures_nothing_is_said(figures):
    assert importance([{"a": n} for n in range(len(figures))], figures) == {}
