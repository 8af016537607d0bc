"""Schedules of the learning rate whose lengths are in epochs."""

from __future__ import annotations

import pytest

from nnfs.runs.parts import make
from nnfs.runs.rates import RATES


@pytest.mark.parametrize(
    ("part", "rates"),
    [
        ({"name": "constant"}, {0: 0.1, 99: 0.1}),
        ({"name": "constant", "warm_up": 1}, {0: 0.01, 9: 0.1, 10: 0.1}),
        ({"name": "cosine"}, {0: 0.1, 50: 0.05, 100: 0.0}),
        ({"name": "cosine", "warm_up": 2, "end": 0.02}, {0: 0.005, 20: 0.1, 60: 0.06, 100: 0.02}),
        ({"name": "step", "every": 3, "factor": 0.5}, {29: 0.1, 30: 0.05, 60: 0.025}),
        ({"name": "step", "every": 0.5}, {4: 0.1, 5: 0.01}),
    ],
)
def test_rates_of_ten_epochs_of_ten_steps(part, rates):
    schedule = make(part, RATES, "schedule", 0.1, 10, 10)
    assert {step: schedule(step) for step in rates} == pytest.approx(rates)


@pytest.mark.parametrize("part", [{"name": "step"}, {"name": "cosine", "warm_up": -1}, {"name": "step", "every": 0}])
def test_wrong_arguments(part):
    with pytest.raises(ValueError, match=r"^schedule: "):
        make(part, RATES, "schedule", 0.1, 10, 10)
