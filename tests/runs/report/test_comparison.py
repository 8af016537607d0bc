"""Several runs side by side: settings that differ, and results."""

from __future__ import annotations

import pytest

from nnfs.runs.report import open_record
from nnfs.runs.report.comparison import best_of, differing_settings, letters_of, names_of, results


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


def test_of_one_optimizer_only_the_arguments_that_differ_are_listed(moons):
    first, second = open_record(moons), open_record(moons)
    second.settings |= {"optimizer": first.settings["optimizer"] | {"learning_rate": 0.5}}
    rate = str(first.settings["optimizer"]["learning_rate"])
    assert differing_settings([first, second]) == [("optimizer: learning_rate", [rate, "0.5"])]


def test_runs_are_called_by_their_folders(moons):
    runs = [open_record(moons) for _ in range(4)]
    for run, path in zip(runs, ("runs/good", "runs/bad/", "a/same", "b/same"), strict=True):
        run.path = path
    assert names_of(runs) == ["good", "bad", "a/same", "b/same"]
    runs[3].path = "a/same"
    assert names_of(runs) == ["good", "bad", "a/same (C)", "a/same (D)"]


def test_the_lowest_validation_loss_is_the_best(moons, regression):
    first, second = open_record(moons), open_record(moons)
    second.figures["val_loss"] = 0.00171
    assert best_of([first, second], ["bad", "good"]) == "best validation loss: good (0.00171)"
    assert best_of([first, open_record(regression)], ["a", "b"]) == ""
    second.figures["val_loss"] = None
    assert best_of([first, second], ["bad", "good"]) == ""
