"""Sweeps that run: a folder for each run, finished ones not again, and Optuna, which goes on where it was."""

from __future__ import annotations

import pytest

from nnfs.many.ranking import ranking
from nnfs.many.run_sweep import run_sweep
from nnfs.many.sweep import make_sweep

CONTENT = {"data": "moons", "epochs": 1, "network": {"name": "mlp", "hidden_units": [4]}}


def sweep(**own):
    return make_sweep(CONTENT | {"sweep": own})


def test_a_longer_sweep_takes_over_the_runs_of_a_shorter_one(tmp_path):
    values = {"optimizer": {"learning_rate": {"low": 0.01, "high": 0.1}}}
    short = run_sweep(sweep(method="random", runs=1, values=values), tmp_path, verbose=False)
    before = (tmp_path / short.results[0].run / "weights.safetensors").stat().st_mtime_ns
    table = run_sweep(sweep(method="random", runs=2, values=values), tmp_path, verbose=False)
    assert table.results[0] == short.results[0]
    assert (tmp_path / short.results[0].run / "weights.safetensors").stat().st_mtime_ns == before
    assert (tmp_path / "results.csv").read_text().splitlines()[0].startswith("job,optimizer.learning_rate,loss")


def test_a_run_that_fails_is_a_row_and_no_best_one(tmp_path, capsys):
    table = run_sweep(
        sweep(values={"optimizer": [{"name": "sgd", "learning_rate": 1e30}, {"name": "sgd", "learning_rate": 0.1}]}),
        tmp_path,
    )
    assert table.results[0].error.startswith("NumericError")
    ranked = ranking(table.in_order(), table.settings, "val_loss")
    assert [result.job for result in ranked.results] == [1]
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_without_validation_runs_are_compared_by_their_loss(tmp_path):
    table = run_sweep(make_sweep(CONTENT | {"validation_split": 0, "sweep": {"values": {"seed": [1]}}}), tmp_path)
    assert ranking(table.in_order(), table.settings, "val_loss").figure == "loss"


def test_optuna_proposes_runs_and_goes_on_with_those_that_are_missing(tmp_path):
    pytest.importorskip("optuna")
    values = {"optimizer": {"learning_rate": {"low": 1e-3, "high": 0.3, "log": True}}, "seed": [0, 1]}
    first = run_sweep(sweep(method="optuna", runs=2, values=values), tmp_path, workers=1, verbose=False)
    table = run_sweep(sweep(method="optuna", runs=4, values=values), tmp_path, workers=1, verbose=False)
    assert [result.run for result in table.in_order()][:2] == [result.run for result in first.in_order()]
    assert len({result.run for result in table.in_order()}) == 4
    assert not [result.error for result in table.in_order() if result.error]
