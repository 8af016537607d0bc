"""Several runs side by side: settings that differ, and results."""

from __future__ import annotations

import pytest

from nnfs.runs.report import open_record
from nnfs.runs.report.comparison import differing_settings, letters_of, results


def test_only_settings_that_differ_are_listed(moons):
    first, second = open_record(moons), open_record(moons)
    assert differing_settings([first, second]) == []
    second.settings |= {"epochs": 5, "optimizer": {"name": "sgd", "learning_rate": 0.1}, "callbacks": []}
    first.settings |= {"callbacks": [{"name": "StopOnNonFinite"}]}
    rows = dict(differing_settings([first, second]))
    assert rows.keys() == {"epochs", "optimizer", "callbacks"}
    assert rows["epochs"] == ["2", "5"]
    assert rows["optimizer"][1] == "sgd learning_rate=0.1"
    assert rows["callbacks"] == ["StopOnNonFinite", "none"]


def test_results_are_the_figures_of_each_run(moons, regression):
    first, other = open_record(moons), open_record(regression)
    rows = dict(results([first, other]))
    assert rows["training loss (cross_entropy)"] == [f"{first.figures['loss']:.4g}", ""]
    assert rows["test accuracy"] == [f"{first.test['accuracy']:.4g}", ""]
    assert rows["epochs"] == ["2", "2"]
    assert rows["parameters"][0] == "642"
    measured = rows["RMSE, validation samples"]
    assert measured[0] == ""
    squared = (other.measured.targets - other.measured.outputs) ** 2
    assert float(measured[1]) == pytest.approx(squared.mean() ** 0.5, rel=1e-3)


def test_every_run_has_a_letter():
    letters = letters_of(60)
    assert letters[:2] == ["A", "B"]
    assert (letters[25], letters[26]) == ("Z", "A2")
    assert len(set(letters)) == 60
