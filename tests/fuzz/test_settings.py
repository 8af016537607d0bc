"""Mutated settings in TOML and JSON are read, and their layers, optimizer and callbacks are made."""

from __future__ import annotations

import json

import pytest
from fuzzing import as_json, mutate_bytes, mutate_value, survive

from nnfs import FormatError
from nnfs.runs import complete, load_settings

SETTINGS = {
    "data": "moons",
    "network": {"name": "cnn", "filters": [4, 8], "padding": "same", "dropout": 0.1},
    "loss": {"name": "huber", "delta": 0.5},
    "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    "schedule": {"name": "cosine"},
    "metrics": ["r2"],
    "epochs": 3,
    "batch_size": 16,
    "validation_split": 0.1,
    "seed": 2,
    "class_weight": {"a": 2, "b": 1.5},
    "class_names": ["a", "b"],
    "augment": [{"name": "Shift", "pixels": 1}, {"name": "Noise"}],
    "callbacks": [{"name": "EarlyStopping", "patience": 3}],
    "layers": [{"name": "Dense", "units": 3}, {"name": "Residual", "body": [{"name": "ReLU"}]}],
}
TOML = b"""data = "moons"
epochs = 3
validation_split = 0.1
network = {name = "mlp", hidden_units = [4, 4]}
class_names = ["a", 'b']

[optimizer]
name = "adam"
learning_rate = 1e-3

[[layers]]
name = "Dense"
units = 3

[[layers]]
name = "Concat"
branches = [[{name = "ReLU"}], [{name = "Tanh"}]]
"""


def test_settings(tmp_path, monkeypatch):
    def mutate(rng):
        if rng.randrange(3) == 0:
            return "x.toml", mutate_bytes(rng, TOML)
        if rng.randrange(4) == 0:
            return "x.json", mutate_bytes(rng, json.dumps(SETTINGS).encode())
        return "x.json", as_json(rng, mutate_value(rng, SETTINGS)).encode()

    def load(case):
        path = tmp_path / case[0]
        path.write_bytes(case[1])
        found = load_settings(path)
        try:
            complete(found)
        except FileNotFoundError:
            if "network" not in found:  # a network may be the name of a file
                raise
        except ValueError as error:  # the documented error for settings that exclude each other
            raise FormatError(str(error)) from error

    survive("settings", mutate, load, FormatError, monkeypatch)


@pytest.mark.parametrize(
    "text",
    [
        b"a = " + b"[" * 5000,
        b"a." * 5000 + b"a = 1",
        b"[" + b"a . " * 5000 + b"a]",
        b'x={"a".' + b"'b'." * 99 + b"c=1}",
    ],
)
def test_settings_that_stand_deep_within_each_other(tmp_path, text):
    (tmp_path / "x.toml").write_bytes(text)
    with pytest.raises(FormatError, match=r"x\.toml: "):
        load_settings(tmp_path / "x.toml")
