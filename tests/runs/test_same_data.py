"""Data that have changed since the training are told."""

from __future__ import annotations

import pytest

from nnfs.io.checkpoints import list_checkpoints
from nnfs.runs import train
from nnfs.runs.report import open_record
from nnfs.runs.same_data import digest_then


@pytest.mark.parametrize("data", ["moons", "linear-small", "digits"])
def test_the_digest_is_that_of_the_checkpoints(data):
    settings = {"data": data, "epochs": 1, "batch_size": 512, "network": {"name": "mlp", "hidden_units": 2}}
    record = open_record(train(settings, name="a", verbose=0)["run"])
    assert record.notes == []
    assert record.data_digest == digest_then(record.settings, list_checkpoints("runs/a/checkpoints"))


def test_a_number_that_has_changed_is_told(regression, houses):
    lines = houses.read_text().splitlines()
    houses.write_text("\n".join([*lines[:-1], "0.5,0.5,0.123"]) + "\n")
    record = open_record(regression)
    assert record.notes == [f"the data {houses} have changed since the run was trained on them"]
    assert record.measured is not None


def test_without_a_checkpoint_or_with_weights_nothing_is_known(moons):
    record = open_record(moons)
    checkpoints = list_checkpoints("runs/moons/checkpoints")
    assert digest_then(record.settings, []) is None
    assert digest_then(record.settings | {"class_weight": "balanced"}, checkpoints) is None
    with open(checkpoints[-1], "wb") as file:
        file.write(b"broken")
    assert digest_then(record.settings, checkpoints) == record.data_digest
