"""The files that a run writes before and after its training."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import nnfs
from nnfs.runs.run_files import RunFiles, finite


def test_figures_that_are_not_finite_are_null():
    assert finite({"loss": 1.5, "a": math.nan, "b": -math.inf}) == {"loss": 1.5, "a": None, "b": None}
    assert finite({"step": 1, "parameter": "0.weight"}) == {"step": 1, "parameter": "0.weight"}


def test_the_history_is_written_whatever_ends_the_training():
    class Stop(nnfs.callbacks.Callback):
        def on_epoch_end(self, training):
            if training.epoch == 1:
                raise RuntimeError("enough")

    moons = nnfs.data.load("moons")
    files = RunFiles(Path.cwd(), {"epochs": 3})
    with pytest.raises(RuntimeError, match="enough"):
        nnfs.NeuralNetwork(2, 4, 2).fit(
            moons.x_train, moons.y_train, loss="cross_entropy", epochs=3, callbacks=[Stop(), files], verbose=0
        )
    history = json.loads(Path("history.json").read_text())
    assert (len(history["epochs"]), history["error"], history["stopped"]) == (2, "RuntimeError: enough", None)
    assert json.loads(Path("config.json").read_text()) == {"epochs": 3}
    assert json.loads(Path("environment.json").read_text())["nnfs"] == nnfs.__version__


def test_a_training_that_goes_on_keeps_its_settings():
    moons = nnfs.data.load("moons")
    nnfs.NeuralNetwork(2, 4, 2).fit(
        moons.x_train, moons.y_train, loss="cross_entropy", callbacks=[RunFiles(Path.cwd(), None)], verbose=0
    )
    assert [path.name for path in Path.cwd().iterdir()] == ["history.json"]


def test_statistics_are_in_the_history():
    moons = nnfs.data.load("moons")
    looks = nnfs.callbacks.Statistics(every_steps=10)
    nnfs.NeuralNetwork(2, 4, 2).fit(
        moons.x_train, moons.y_train, loss="cross_entropy", callbacks=[looks, RunFiles(Path.cwd(), None)], verbose=0
    )
    assert looks.rows[0]["parameter"] == "0.weight"
    assert json.loads(Path("history.json").read_text())["statistics"] == looks.rows


def test_the_figures_of_the_test_data_go_into_the_history():
    moons = nnfs.data.load("moons")
    files = RunFiles(Path.cwd(), None)
    nnfs.NeuralNetwork(2, 4, 2).fit(moons.x_train, moons.y_train, loss="cross_entropy", callbacks=[files], verbose=0)
    before = json.loads(Path("history.json").read_text())
    files.add_test({"loss": 0.5, "accuracy": 0.75})
    assert before["test"] is None
    assert json.loads(Path("history.json").read_text()) == before | {"test": {"loss": 0.5, "accuracy": 0.75}}
