"""The samples that a run validates and tests on, and the line that it prints about them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs import cli
from nnfs.runs import resume, train
from nnfs.training import evaluation

WORDS = ["--network", "mlp", "hidden_units=4", "--name"]


def table(name, rows, classes, shift=0):
    lines = (f"{n}.5,{(n * 7 + shift) % 13},k{n % classes}\n" for n in range(rows))
    Path(name).write_text("a,b,k\n" + "".join(lines))


def config(name):
    return json.loads(Path("runs", name, "config.json").read_text())


def test_a_tenth_of_the_training_part_is_held_out_and_the_test_part_is_read_at_the_end(monkeypatch, capsys):
    rng = np.random.default_rng(0)
    arrays = {"x_train": rng.normal(size=(100, 3)).astype("f4"), "y_train": np.arange(100) % 4}
    arrays |= {"x_test": rng.normal(size=(20, 3)).astype("f4"), "y_test": np.arange(20) % 4}
    np.savez("a.npz", **arrays)
    evaluated = []
    evaluate = evaluation.evaluate

    def look(network, batches, *rest):
        found = np.concatenate([x.copy() for x, _, _ in batches.epoch()])
        evaluated.append(sum(any((row == other).all() for other in arrays["x_test"]) for row in found))
        return evaluate(network, batches, *rest)

    monkeypatch.setattr(evaluation, "evaluate", look)
    assert cli.main(["train", "a.npz", "--epochs", "3", *WORDS, "a"]) == 0
    assert evaluated == [0, 0, 0, 20]
    printed = capsys.readouterr()
    line = "validation: 10 of 100 samples, held out of training; test: 20 other samples, once, at the end"
    assert line in printed.err.splitlines()
    assert "val_accuracy" in printed.out
    assert "test accuracy" in printed.out
    assert config("a")["validation_split"] == 0.1
    history = json.loads(Path("runs/a/history.json").read_text())
    assert list(history["test"]) == ["loss", "accuracy"]
    assert "val_loss" in history["epochs"][0]


@pytest.mark.parametrize(
    ("rows", "classes", "settings", "line", "share"),
    [
        (40, 2, {}, "4 of 40 samples, held out of training", 0.1),
        (40, 2, {"validation_split": 0.25}, "10 of 40 samples, held out of training", 0.25),
        (40, 2, {"validation_split": 0}, "none", 0),
        (40, 2, {"validation_data": "b.csv"}, "30 samples of .*b.csv", 0),
        (4, 2, {}, "none, since a tenth of 4 samples, some of each class, cannot be held out", 0),
        (9, 3, {}, "none, since a tenth of 9 samples, some of each class, cannot be held out", 0),
        (41, 40, {}, "none, since a tenth of 41 samples, some of each class, cannot be held out", 0),
    ],
)
def test_what_is_validated_on_is_said(capsys, rows, classes, settings, line, share):
    table("a.csv", rows, classes)
    table("b.csv", 30, 2, shift=3)
    result = train({"data": "a.csv", "epochs": 1} | settings, name="a", verbose=2)
    (found,) = [each for each in capsys.readouterr().err.splitlines() if each.startswith("validation: ")]
    assert re.fullmatch(f"validation: {line}; no samples are left to test on", found)
    assert result["test"] is None
    assert ("val_loss" in result["figures"]) == (line[:4] != "none")
    assert config("a")["validation_split"] == share


def test_a_share_that_cannot_be_held_out_is_an_error_where_it_was_asked_for():
    table("a.csv", 41, 40)
    with pytest.raises(ValueError, match=r"validation_split: class .* has 1 sample"):
        train({"data": "a.csv", "validation_split": 0.1}, name="a", verbose=0)
    assert not Path("runs/a").exists()


def test_validation_data_leave_the_test_part_for_the_end():
    table("b.csv", 30, 2)
    moons = nnfs.data.load("moons")
    np.savez("v.npz", x=moons.x_train[:50], y=moons.y_train[:50])
    result = train({"data": "moons", "epochs": 1, "validation_data": "v.npz"}, name="a", verbose=0)
    network = nnfs.load("runs/a/weights.safetensors")
    assert result["test"] == network.evaluate(moons.x_test, moons.y_test)
    assert result["figures"]["val_loss"] == network.evaluate(moons.x_train[:50], moons.y_train[:50])["loss"]


def test_samples_that_are_validated_on_and_have_another_part_too_are_told(capsys):
    settings = {"data": "moons", "epochs": 1, "network": {"name": "mlp", "hidden_units": 2}}
    train(settings | {"validation_data": "moons"}, name="a", verbose=2)
    assert "validation: 200 samples of moons; test: these 200 samples again, once" in capsys.readouterr().err
    table("b.csv", 30, 2)
    with pytest.warns(nnfs.errors.TrainingWarning, match="validation takes the samples that are trained on"):
        train(settings | {"data": "b.csv", "validation_data": "b.csv"}, name="b", verbose=2)
    assert "b.csv, which are also the training samples; no samples are left to test on\n" in capsys.readouterr().err


def test_numbers_to_predict_have_no_classes_to_hold_out(capsys):
    Path("r.csv").write_text("1,0.5\n2,1.5\n")
    train({"data": "r.csv", "epochs": 1}, name="a", verbose=2)
    assert (
        "validation: none, since a tenth of 2 samples cannot be held out; no samples are left to test on\n"
        in capsys.readouterr().err
    )


def test_validation_data_are_matched_to_the_training_by_names(capsys):
    table("a.csv", 40, 2)
    Path("b.csv").write_text("k,b,a\nk1,2,3\nk1,4,6\n")
    Path("c.csv").write_text("1,2,k1\n3,4,k0\n")
    train({"data": "a.csv", "epochs": 1, "validation_data": "b.csv"}, name="a", verbose=2)
    network, x = nnfs.load("runs/a"), np.float32([[3, 2], [6, 4]])
    assert config("a")["columns"] == ["a", "b"]
    found = json.loads(Path("runs/a/history.json").read_text())["epochs"][0]
    assert found["val_loss"] == network.evaluate(x, [1, 1])["loss"]
    capsys.readouterr()
    Path("n.csv").write_text("".join(f"{n / 2},{n % 7},{n % 2}\n" for n in range(40)))
    Path("m.csv").write_text("0.5,2,1\n2.5,1,0\n")
    train({"data": "n.csv", "epochs": 1, "validation_data": "m.csv"}, name="n", verbose=2)
    assert "m.csv, the training does not know the names of its columns; they are taken in" in capsys.readouterr().err
    with pytest.raises(
        ValueError, match=r"c\.csv: its labels are names \('k0', 'k1', \.\.\.\), and those to train on are"
    ):
        train({"data": "n.csv", "epochs": 1, "validation_data": "c.csv"}, name="o", verbose=0)


def test_an_option_goes_before_the_other_kind_of_validation_in_a_file():
    table("a.csv", 40, 2)
    assert cli.main(["train", "a.csv", "--epochs", "1", "--verbose", "0", *WORDS, "a"]) == 0
    again = ["train", "--config", "runs/a/config.json", "--verbose", "0", "--name"]
    assert cli.main([*again, "b", "--validation-data", "a.csv"]) == 0
    assert config("b")["validation_split"] == 0
    again[2] = "runs/b/config.json"
    assert cli.main([*again, "c", "--validation-split", "0.25"]) == 0
    assert (config("c")["validation_split"], config("c")["validation_data"]) == (0.25, None)


def test_a_run_that_was_validated_on_its_test_part_does_not_go_on(monkeypatch):
    train({"data": "moons", "epochs": 2, "validation_split": 0}, name="a", verbose=0)

    state = {"data": ["digest of x and y", "digest of the test part"]}
    monkeypatch.setattr("nnfs.callbacks.checkpoint.newest_checkpoint", lambda folder: state)
    words = "runs/a: an earlier version .* validated this run on its test data, .* --validation-split 0.1 --name NAME"
    with pytest.raises(ValueError, match=words):
        resume("runs/a", verbose=0)


# The length of a schedule


@pytest.mark.parametrize(
    ("samples", "classes", "share", "batch_size"),
    [(60, 20, 0.1, 10), (10, 0, 0.25, 7), (64, 3, 0.2, 8), (50, 2, None, 32), (33, 2, 0, 32)],
)
def test_a_schedule_ends_with_the_last_step(samples, classes, share, batch_size):
    rng = np.random.default_rng(0)
    y = np.arange(samples) % classes if classes else rng.normal(size=samples).astype("f4")
    np.savez("a.npz", x=rng.normal(size=(samples, 4)).astype("f4"), y=y)
    given = {"data": "a.npz", "epochs": 5, "batch_size": batch_size, "validation_split": share}
    schedule = {"schedule": {"name": "cosine", "warm_up": 1}, "optimizer": {"name": "sgd", "learning_rate": 1e-3}}
    train(given | schedule, name="a", verbose=0)
    history = json.loads(Path("runs/a/history.json").read_text())
    steps, rest = divmod(len(history["step_losses"]), 5)
    assert rest == 0
    wanted = nnfs.schedules.WarmUp(nnfs.schedules.Cosine(1e-3, 4 * steps), steps)
    rates = [epoch["learning_rate"] for epoch in history["epochs"]]
    assert rates == [wanted(steps * (epoch + 1) - 1) for epoch in range(5)]
    assert rates[0] == 1e-3
