"""What is read of a run's folder, also of one that was killed, or whose data are gone."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest

import nnfs
from nnfs.runs.report import open_record


def test_a_finished_run(moons, backend):
    record = open_record(moons)
    assert (record.state, record.is_finished, record.notes) == ("finished", True, [])
    assert len(record.epochs) == 2
    assert record.steps == 2 * record.steps_an_epoch
    assert record.test["accuracy"] == record.measured.probabilities.argmax(axis=1).__eq__(record.measured.labels).mean()
    assert record.measured.about == "200 test samples"
    assert record.network.digest() == nnfs.load(moons).digest()


def test_of_data_without_a_test_part_the_samples_held_out_are_measured(regression):
    record = open_record(regression)
    assert record.measured.about == "6 validation samples"
    assert record.measured.columns == ["area", "age"]
    assert record.measured.output_names == ["price"]
    np.testing.assert_array_equal(record.measured.x, record.samples.train.x[record.measured.numbers])
    error = np.square(record.measured.targets - record.measured.outputs).mean()
    assert error == pytest.approx(record.figures["val_loss"], rel=1e-5)


def test_a_run_that_was_killed_shows_its_newest_checkpoint(moons):
    os.remove(os.path.join(moons, "weights.safetensors"))
    os.remove(os.path.join(moons, "history.json"))
    with open(os.path.join(moons, "history.csv"), "a") as file:
        file.write("3,0.1")  # the end of a line is missing
    record = open_record(moons)
    assert record.state == "not finished, after 2 of 2 epochs"
    assert not record.is_finished
    assert record.network is not None
    assert "checkpoint-" in record.network_of
    assert record.checkpoint_steps == [6, 12]
    assert record.steps_an_epoch == 6
    assert len(record.epochs) == 2


def test_a_run_without_weights_and_checkpoints(moons):
    os.remove(os.path.join(moons, "weights.safetensors"))
    shutil.rmtree(os.path.join(moons, "checkpoints"))
    record = open_record(moons)
    assert record.network is None
    assert record.measured is None
    assert record.notes == ["the run has no weights and no checkpoint yet"]


def test_data_that_are_gone_are_told(regression, houses):
    houses.unlink()
    record = open_record(regression)
    assert record.measured is None
    assert record.network is not None
    assert record.notes[0].startswith(f"the data {houses} cannot be used: there is no such file")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"epochs": 3, "best_epoch": true, "step_losses": 0, "test": []}'])
def test_a_damaged_history_is_none(moons, text):
    with open(os.path.join(moons, "history.json"), "w") as file:
        file.write(text)
    record = open_record(moons)
    assert len(record.epochs) == 2  # from history.csv
    assert record.best_epoch is None
    assert record.test is None


def test_figures_that_are_no_numbers_are_left_out(moons):
    path = os.path.join(moons, "history.json")
    with open(path) as file:
        history = json.load(file)
    history["epochs"][0] |= {"loss": None, "accuracy": "<b>", "val_loss": True}
    with open(path, "w") as file:
        json.dump(history, file)
    first = open_record(moons).epochs[0]
    assert first["loss"] is None
    assert "accuracy" not in first
    assert "val_loss" not in first


def test_a_damaged_network_and_a_folder_that_is_no_run_are_errors(moons, tmp_path):
    with pytest.raises(nnfs.FormatError, match="no run"):
        open_record(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_record(tmp_path / "nowhere")
    with open(os.path.join(moons, "weights.safetensors"), "wb") as file:
        file.write(b"nothing")
    with pytest.raises(nnfs.FormatError):
        open_record(moons)
