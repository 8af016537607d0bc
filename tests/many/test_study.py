"""Optuna: bad runs end early, failed ones count as such, and no run is proposed twice."""

from __future__ import annotations

import pytest

from nnfs.many.result import Result
from nnfs.many.study import PRUNED, Study
from nnfs.many.sweep import make_sweep

optuna = pytest.importorskip("optuna")


def study(**own):
    return Study(make_sweep({"data": "moons", "sweep": {"method": "optuna", "values": {"seed": [0, 1, 2]}} | own}))


def test_no_run_is_proposed_twice_and_too_few_values_are_told():
    found = study()
    changes = [found.propose(job)[0] for job in range(3)]
    assert sorted(one["seed"] for one in changes) == [0, 1, 2]
    with pytest.raises(ValueError, match=r"sweep\.runs"):
        found.propose(3)


def test_optuna_learns_figures_failures_and_early_ends():
    found, states = study(), optuna.trial.TrialState
    for job in range(3):
        found.propose(job)
    found.learn(Result(0, {"val_loss": 0.5}))
    found.learn(Result(1, error="ValueError: no"))
    found.learn(Result(2, {"val_loss": 0.7}, stopped=PRUNED))
    kept = [trial.state for trial in found._study.trials if trial.params]
    assert [state for state in kept if state is not states.FAIL] == [states.COMPLETE, states.PRUNED]
    assert found._study.best_value == 0.5
