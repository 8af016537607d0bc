"""What is read of a run's folder, also of one that was killed, or whose data are gone."""

from __future__ import annotations

import json
import os
import re
import shutil

import numpy as np
import pytest

import nnfs
from nnfs.errors import TrainingWarning
from nnfs.runs import train
from nnfs.runs.report import open_record
from nnfs.runs.report.page import _gradients


def test_a_finished_run(moons, backend):
    record = open_record(moons)
    assert (record.state, record.is_finished, record.notes) == ("finished", True, [])
    assert len(record.epochs) == 2
    assert len(record.step_losses) == 2 * record.steps_an_epoch
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


def test_gradients_of_a_run_on_scaled_targets_are_those_of_its_training(houses):
    houses.write_text(houses.read_text().replace("\n", "e6\n").replace("pricee6", "price"))
    settings = {"data": str(houses), "epochs": 2, "batch_size": 16, "scale_targets": True}
    record = open_record(train(settings, name="scaled", verbose=0)["run"])
    assert any("training took the loss of scaled targets" in note for note in record.notes)
    gradients = _gradients(record)
    assert 0 < max(np.abs(gradient).max() for gradient in gradients.values()) < 100


def test_a_run_that_was_killed_shows_its_newest_checkpoint(moons):
    os.remove(os.path.join(moons, "weights.safetensors"))
    os.remove(os.path.join(moons, "history.json"))
    with open(os.path.join(moons, "history.csv"), "a") as file:
        file.write("3,0.1")  # the end of a line is missing
    record = open_record(moons)
    assert record.state == "not finished, after 2 of 2 epochs"
    assert not record.is_finished
    assert record.network is not None
    assert re.fullmatch(r"its newest checkpoint, checkpoint-\d+\.safetensors, after epoch 2 of 2", record.network_of)
    assert record.epoch == 2
    assert "validation samples" in record.measured.about  # the test samples wait for the end
    assert record.advice == "to go on with it: nnfs resume runs/moons"
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


def test_the_figures_of_an_unfinished_run_are_those_of_its_checkpoint(moons):
    os.remove(os.path.join(moons, "weights.safetensors"))
    checkpoints = os.path.join(moons, "checkpoints")
    os.remove(os.path.join(checkpoints, sorted(os.listdir(checkpoints))[-1]))
    record = open_record(moons)
    assert (record.epoch, len(record.epochs)) == (1, 2)
    assert record.figures == record.epochs[0]
    assert "after epoch 1 of 2" in record.network_of
    loss = record.network.evaluate(record.measured.x, record.measured.labels)["loss"]
    assert loss == pytest.approx(record.figures["val_loss"], rel=1e-5)


def test_an_unfinished_run_without_validation_is_not_measured_on_the_test():
    run = train({"data": "moons", "epochs": 1, "validation_split": 0.0}, name="all", verbose=0)["run"]
    os.remove(os.path.join(run, "weights.safetensors"))
    about = open_record(run).measured.about
    assert about.endswith(
        "training samples, which it has learned from: the test samples wait for the end of the training"
    )


def test_findings_of_training_come_first_and_each_once(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{a:.3f},{n % 2}\n" for n, a in enumerate(rng.normal(size=60))]
    (tmp_path / "twice.csv").write_text("a,b,kind\n" + "".join(rows))
    with pytest.warns(nnfs.errors.TrainingWarning):
        run = train({"data": str(tmp_path / "twice.csv"), "epochs": 1}, name="twice", verbose=1)["run"]
    findings = open_record(run).findings
    assert [seen for seen, finding in findings if "two columns are equal" in finding.what] == ["in training"]
    os.remove(os.path.join(run, "findings.json"))
    findings = open_record(run).findings
    assert [seen for seen, finding in findings if "two columns are equal" in finding.what] == [
        "in the network as it is"
    ]


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


def test_of_weights_that_training_made_large_the_rate_is_told_and_no_initializer(backend):
    optimizer = {"name": "adam", "learning_rate": 10.0}
    with pytest.warns(TrainingWarning) as given:
        run = train({"data": "moons", "optimizer": optimizer, "epochs": 4}, name="jumps", verbose=1)["run"]
    assert any("the learning rate is too large" in str(one.message) for one in given)
    os.remove(os.path.join(run, "findings.json"))  # as of a run of an earlier version
    found = [finding.command for _, finding in open_record(run).findings]
    assert any("learning_rate behind --optimizer" in command for command in found)
    assert not any("initializer" in command for command in found)
