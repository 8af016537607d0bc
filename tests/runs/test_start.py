"""Runs that start from the weights of another network, and keep some of its layers as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from trainings import interrupted_at

import nnfs
from nnfs import Dense, Flatten, ReLU, Reshape, Residual, Sequential
from nnfs.runs import resume, train

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def before():
    """Write a network for three classes, and a table with two."""
    net = Sequential([Dense(5), ReLU(), Residual([Dense(5), ReLU()]), Dense(3)], 4, seed=7)
    nnfs.save(net, "before.safetensors")
    rng = np.random.default_rng(0)
    lines = [",".join(map(str, row)) + (",yes" if row[0] > 0 else ",no") for row in rng.normal(size=(60, 4)).round(3)]
    Path("a.csv").write_text("a,b,c,d,y\n" + "\n".join(lines) + "\n")
    return net


def run(name="a", verbose=0, **given):
    settings = {"data": "a.csv", "epochs": 2, "start_from": "before.safetensors", "freeze": "0,2.body.0"} | given
    train(settings, name=name, verbose=verbose)
    return nnfs.load(f"runs/{name}")


def test_layers_and_weights_are_taken_and_the_last_layer_is_new(backend, before, capsys):
    net = run(verbose=2)
    assert [type(layer).__name__ for layer in net.layers] == ["Dense", "ReLU", "Residual", "Dense"]
    assert net.output_shape == (2,)
    for name in ("0.weight", "0.bias", "2.body.0.weight", "2.body.0.bias"):
        np.testing.assert_array_equal(net.state_dict()[name], before.state_dict()[name])
    assert net.layers.frozen == ["0", "2.body.0"]
    words = f"4 arrays are those of {Path('before.safetensors').absolute()}; new: 3.weight, 3.bias; frozen: 0, 2.body.0"
    assert words in capsys.readouterr().err
    again = run("b", freeze=None)
    assert (again.state_dict()["0.weight"] != before.state_dict()["0.weight"]).any()


def test_as_many_classes_keep_the_last_layer_and_another_run_may_be_the_start(before):
    first = run()
    second = run("b", start_from="runs/a", epochs=1)
    assert second.layers.frozen == first.layers.frozen
    assert json.loads(Path("runs/b/config.json").read_text())["start_from"] == str(Path("runs/a").absolute())


def test_a_run_that_was_broken_off_goes_on_exactly_without_the_network_it_started_from(backend, before):
    wanted = run("whole", epochs=4)
    with interrupted_at(5), pytest.raises(KeyboardInterrupt):
        run("broken", epochs=4)
    Path("before.safetensors").unlink()
    resume("runs/broken", verbose=0)
    assert nnfs.load("runs/broken").digest() == wanted.digest()
    assert nnfs.load("runs/broken").layers.frozen == ["0", "2.body.0"]


def test_other_layers_take_what_fits_them(before, capsys):
    layers = [{"name": "Dense", "units": 5}, {"name": "ReLU"}, {"name": "Dense", "units": 2}]
    run(layers=layers, freeze="0", verbose=2)
    words = "2 arrays are those of .*; new: 2.weight, 2.bias; left out: 2.body.0.weight, .* 3.bias; frozen: 0"
    assert re.search(words, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"freeze": "7"}, r"freeze: there is no layer '7'; the layers are 0, 1, 2, 2\.body\.0"),
        ({"freeze": "2-0"}, "freeze: the range '2-0' is backwards; write 0-2"),
        ({"freeze": "0-3"}, "every layer that has parameters is frozen"),
        ({"network": {"name": "mlp", "hidden_units": 9}}, "start_from: .*before.safetensors: the state does not fit"),
        (
            {"start_from": "end.safetensors"},
            r"its last layer, Reshape\(\(2, 2\)\), is no Dense layer .* --network FILE",
        ),
        ({"start_from": "wide.safetensors"}, r"takes samples of shape \(9,\), and the data have \(4,\)"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_no_run(before, given, words):
    nnfs.save(Sequential([Dense(4), Reshape([2, 2])], 4), "end.safetensors")
    nnfs.save(Sequential([Flatten(), Dense(2)], 9), "wide.safetensors")
    with pytest.raises(ValueError, match=words):
        run(**given)
    assert not Path("runs/a").exists()


def test_a_network_that_is_not_there_is_named(before):
    with pytest.raises(OSError, match=r"none\.safetensors"):
        run(start_from="none.safetensors")
