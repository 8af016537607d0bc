"""How to reproduce a run: its command gives the same weights."""

from __future__ import annotations

import shlex

import pytest

import nnfs
from nnfs import cli
from nnfs.runs import train
from nnfs.runs.report import open_record
from nnfs.runs.report.reproducing import command_of, reproducing_facts

SETTINGS = [
    {"data": "moons", "network": {"name": "mlp", "hidden_units": [4, 3]}, "seed": 3, "standardize": True},
    {
        "data": "moons",
        "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
        "schedule": {"name": "cosine", "warm_up": 1},
        "class_weight": {"upper moon": 2.0},
        "callbacks": [{"name": "EarlyStopping", "monitor": "loss", "patience": 2}, {"name": "StopOnNonFinite"}],
        "shuffle": False,
        "clip_norm": 1.0,
        "metrics": ["accuracy", "macro_f1"],
        "validation_split": 0.0,
    },
    {
        "data": "digits",
        "network": {"name": "cnn", "filters": [2], "hidden_units": [4]},
        "augment": [{"name": "Shift", "pixels": 1}, {"name": "Flip"}],
        "class_names": list("zyxwvutsrq"),
        "dtype": "float64",
    },
]


@pytest.mark.parametrize("settings", SETTINGS, ids=range(len(SETTINGS)))
def test_the_command_gives_the_same_weights(settings, capsys):
    run = train(settings | {"epochs": 2, "batch_size": 256}, name="first", verbose=0)["run"]
    record = open_record(run)
    facts = reproducing_facts(record)
    words = shlex.split(facts["command"])
    assert cli.main([*words[1:], "--name", "again", "--verbose", "0"]) == 0, capsys.readouterr().err
    assert nnfs.load("runs/again").digest() == facts["weights"] == nnfs.load(run).digest()
    words = shlex.split(facts["from_file"].replace("NAME", "third"))
    assert cli.main([*words[1:], "--verbose", "0"]) == 0
    assert nnfs.load("runs/third").digest() == facts["weights"]
    again = reproducing_facts(open_record("runs/again"))
    assert again["data"] == facts["data"]
    assert facts["versions"]["nnfs"] == nnfs.__version__


def test_a_network_of_listed_layers_needs_the_file():
    layers = [{"name": "Dense", "units": 2}]
    run = train({"data": "moons", "layers": layers, "batch_size": 400, "epochs": 1}, name="first", verbose=0)["run"]
    assert command_of(open_record(run)) is None
