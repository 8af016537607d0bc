"""Files of sweeps: what runs they describe, and messages for what is wrong in them."""

from __future__ import annotations

import json

import pytest

from nnfs.errors import FormatError
from nnfs.many.sweep import load_sweep, sweep_schema

GOOD = """
data = "moons"
network = {name = "mlp"}
[sweep.values]
seed = [0, 1]
optimizer.learning_rate = [0.1, 0.01]
network.hidden_units = [[4], [8, 8]]
"""


def write(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    return path


def test_values_go_into_the_settings_of_each_run(tmp_path):
    sweep = load_sweep(write(tmp_path, GOOD))
    changes = list(sweep.changes())
    assert len(changes) == 8
    settings = sweep.with_changes(changes[-1])
    assert settings["optimizer"] == {"name": "adam", "learning_rate": 0.01}
    assert settings["network"] == {"name": "mlp", "hidden_units": [8, 8]}
    assert (settings["seed"], settings["data"], settings["checkpoint_epochs"]) == (1, "moons", 0)
    assert sweep.settings["network"] == {"name": "mlp"}


def test_json_is_read_too(tmp_path):
    path = tmp_path / "sweep.json"
    path.write_text(json.dumps({"data": "moons", "sweep": {"best": "val_accuracy", "values": {"seed": [3]}}}))
    sweep = load_sweep(path)
    assert sweep.is_more_better
    assert list(sweep.changes()) == [{"seed": 3}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("[sweep.values]", "[seep.values]"), "there is no table"),
        (("seed = [0, 1]", "sed = [0, 1]"), "no setting 'sed'; write seed"),
        (("seed = [0, 1]", "learning_rate = [0.1]"), "write optimizer.learning_rate"),
        (("seed = [0, 1]", "seed = [-1]"), "sweep.values.seed = -1: seed is -1"),
        (("seed = [0, 1]", 'data = ["moons", "no.toml"]\nepochs.x = [1]'), "epochs has no arguments"),
        (("optimizer.learning_rate", "optimizer.learning_rat"), "adam has no argument 'learning_rat'"),
        (("optimizer.learning_rate = [0.1", "optimizer.learning_rate = [-1"), "learning_rate"),
        (("network.hidden_units", "loss.delta"), "loss needs a name"),
        (('data = "moons"', ""), "data is missing"),
        (('data = "moons"', 'data = "moons"\nepoch = 3'), "there is no setting 'epoch'"),
        (("[sweep.values]", "[sweep]\nepochs = 3\n[sweep.values]"), r"go into \[sweep.values\], as epochs"),
        (("[sweep.values]", "[sweep]\nmetod = 3\n[sweep.values]"), "sweep has no 'metod'; write method"),
        (("[sweep.values]", '[sweep]\nmethod = "gird"\n[sweep.values]'), "sweep.method is 'gird'; it must be grid"),
        (("[sweep.values]", "[sweep]\nruns = 0\n[sweep.values]"), "sweep.runs is 0; it must be an integer from 1"),
        (("[sweep.values]", '[sweep]\nbest = "val_acc"\n[sweep.values]'), "write val_accuracy"),
        (("seed = [0, 1]", "batch_size = {low = 1, high = 9}"), "has endless values"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_write(tmp_path, change, words):
    with pytest.raises(FormatError, match=words):
        load_sweep(write(tmp_path, GOOD.replace(*change)))


def test_the_schema_knows_settings_and_the_table():
    schema = sweep_schema()
    assert schema["required"] == ["sweep"]
    assert "epochs" in schema["properties"]
    assert "optimizer" in schema["properties"]["sweep"]["properties"]["values"]["properties"]
