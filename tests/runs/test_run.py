"""Runs write the right files, overwrite nothing, and have equal bits if they were interrupted and resumed."""

from __future__ import annotations

import csv
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs.runs import open_network, resume, train
from nnfs.training.trainer import Trainer


def weights(folder):
    return (Path(folder) / "weights.safetensors").read_bytes()


@pytest.fixture
def break_off(monkeypatch):
    """Return a function that makes the training raise an error, or call a function, before a given step."""

    def after(steps, what):
        step = Trainer.run_step

        def failing(trainer, *arguments):
            if trainer.steps == steps:
                what()
            return step(trainer, *arguments)

        monkeypatch.setattr(Trainer, "run_step", failing)

    return after


def interrupt():
    raise KeyboardInterrupt


def test_a_run_leaves_settings_history_weights_and_environment(backend):
    result = train({"data": "digits", "network": {"name": "mlp", "hidden_units": 16}, "epochs": 2}, name="a", verbose=0)
    folder = Path("runs/a")
    assert sorted(path.name for path in folder.iterdir()) == [
        *("checkpoints", "config.json", "environment.json", "history.csv", "history.json", "weights.safetensors")
    ]
    assert json.loads((folder / "environment.json").read_text())["backend"] == backend
    history = json.loads((folder / "history.json").read_text())
    assert (len(history["epochs"]), len(history["step_losses"])) == (2, 2 * 34)  # 1,078 samples, 120 held out
    assert (history["stopped"], history["error"], history["best_epoch"]) == (None, None, None)
    assert history["test"] == result["test"]
    assert result["figures"] == history["epochs"][-1] | {"seconds": result["figures"]["seconds"]}
    with open(folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in rows] == [epoch["val_loss"] for epoch in history["epochs"]]
    digits = nnfs.data.load("digits")
    network = nnfs.load(folder / "weights.safetensors")
    assert network.evaluate(digits.x_test, digits.y_test) == result["test"]
    assert result["run"] == os.path.join("runs", "a")


def test_it_is_what_python_does():
    settings = {
        **{"data": "moons", "epochs": 3, "batch_size": 20, "seed": 4, "dtype": "float64", "clip_norm": 0.5},
        **{"loss": {"name": "cross_entropy", "label_smoothing": 0.1}, "class_weight": {"upper moon": 2, "1": 3}},
        **{"network": {"name": "mlp", "hidden_units": [8]}, "optimizer": {"name": "sgd", "momentum": 0.9}},
        **{"schedule": {"name": "cosine"}, "validation_split": 0.25, "metrics": ["macro_f1"], "shuffle": False},
    }
    result = train(settings, name="a", verbose=0)
    moons = nnfs.data.load("moons")
    network = nnfs.NeuralNetwork(2, [8], 2, seed=4, dtype="float64")
    history = network.fit(
        moons.x_train.astype("float64"),
        moons.y_train,
        loss=nnfs.losses.CrossEntropy(label_smoothing=0.1),
        optimizer=nnfs.optimizers.SGD(nnfs.schedules.Cosine(0.01, 3 * 30), momentum=0.9),
        metrics=["macro_f1"],
        epochs=3,
        batch_size=20,
        validation_split=0.25,
        shuffle=False,
        class_weight={0: 2, 1: 3},
        clip_norm=0.5,
        verbose=0,
    )
    trained = nnfs.load("runs/a/weights.safetensors").state_dict()
    for name, values in network.state_dict().items():
        np.testing.assert_array_equal(trained[name], values)
    figures = {name: value for name, value in result["figures"].items() if name != "seconds"}
    assert figures == {name: history[name][-1] for name in figures}
    assert list(result["test"]) == ["loss", "macro_f1"]


def test_the_settings_of_a_run_make_it_again(tmp_path):
    Path("a.csv").write_text("".join(f"{n},{n % 7},{'odd' if n % 2 else 'even'}\n" for n in range(60)))
    train({"data": "a.csv", "epochs": 2, "validation_data": "a.csv"}, name="a", verbose=0)
    settings = json.loads(Path("runs/a/config.json").read_text())
    assert settings["class_names"] == ["even", "odd"]
    assert settings["data"] == settings["validation_data"] == str(tmp_path / "a.csv")
    assert settings["optimizer"]["beta1"] == 0.9
    train(settings, name="b", verbose=0)
    assert Path("runs/b/config.json").read_text() == Path("runs/a/config.json").read_text()
    assert weights("runs/b") == weights("runs/a")


def test_weights_of_samples_count():
    Path("a.csv").write_text("".join(f"{n},{n % 2 * 100},{n % 2}\n" for n in range(20)))
    given = {"data": "a.csv", "target": "2", "network": {"name": "mlp", "hidden_units": []}, "epochs": 1}
    train(given, name="a", verbose=0)
    Path("a.csv").write_text("a,w,k\n" + Path("a.csv").read_text())
    train(given | {"sample_weight": "w"}, name="b", verbose=0)
    shapes = [nnfs.load(f"runs/{name}/weights.safetensors").input_shape for name in "ab"]
    assert shapes == [(2,), (1,)]
    losses = json.loads(Path("runs/b/history.json").read_text())["step_losses"]
    assert losses[0] > 10
    Path("b.csv").write_text("k,a\n0,1\n1,2\n")
    with pytest.raises(ValueError, match=r"b\.csv has no column 'w' for sample_weight"):
        train(json.loads(Path("runs/b/config.json").read_text()) | {"data": "b.csv"}, verbose=0)
    settings = json.loads(Path("runs/b/config.json").read_text())
    assert settings["target"] == "k"
    train(settings | {"validation_data": "b.csv", "validation_split": 0}, name="c", verbose=0)


def test_names_of_classes_are_not_for_numbers():
    Path("a.csv").write_text("1,2.5\n2,3\n")
    with pytest.raises(ValueError, match="class_names is for classes; the targets are numbers"):
        train({"data": "a.csv", "class_names": ["a", "b"]}, verbose=0)


@pytest.mark.parametrize("names", ["ape cat", "ape cat owl"])
def test_numbers_are_not_for_names_of_classes(names):
    Path("a.csv").write_text("".join(f"{number},{name}\n" for number, name in enumerate(2 * names.split())))
    with pytest.raises(
        ValueError, match=rf"the targets are classes .{', '.join(names.split())}.\. Try: --loss cross_entropy"
    ):
        train({"data": "a.csv", "loss": {"name": "mean_squared_error"}}, verbose=0)
    assert not Path("runs").exists()


def test_early_stopping_leaves_the_best_weights(capsys):
    given = {"data": "moons", "epochs": 40, "callbacks": [{"name": "EarlyStopping", "patience": 1}]}
    result = train(given | {"optimizer": {"name": "adam", "learning_rate": 1.0}}, name="a", verbose=0)
    history = json.loads(Path("runs/a/history.json").read_text())
    assert result["stopped"] == history["stopped"]
    assert "val_loss was best in epoch" in result["stopped"]
    assert result["epochs"] < 40
    best = result["best_epoch"]
    assert history["best_epoch"] == best == result["epochs"] - 1
    assert result["figures"] == history["epochs"][best - 1] | {"seconds": result["figures"]["seconds"]}
    assert result["figures"]["val_loss"] == min(epoch["val_loss"] for epoch in history["epochs"])
    before = weights("runs/a")
    again = resume("runs/a", verbose=0)
    assert again == result | {"figures": result["figures"] | {"seconds": again["figures"]["seconds"]}}
    assert weights("runs/a") == before
    with pytest.raises(ValueError, match=r"^runs/a was stopped, and more epochs change nothing: val_loss was best in"):
        resume("runs/a", epochs=80, verbose=0)
    resume("runs/a")
    assert capsys.readouterr().err.endswith(f"runs/a is finished; {result['stopped']}\n")


def test_nothing_is_left_where_settings_do_not_fit():
    for given, message in [
        ({"epochs": 0}, "epochs"),
        ({"network": {"name": "cnn"}}, "needs images"),
        ({"callbacks": [{"name": "EarlyStopping", "monitor": "val_f1"}]}, "there is no figure 'val_f1'"),
        ({"class_weight": {"cat": 1}}, "class_weight: there is no class 'cat'; the classes are upper moon, lower moon"),
        ({"data": "a"}, "no such file or folder, and no data set of this name"),
        ({"metrics": ["acuracy"]}, "unknown metric 'acuracy'"),
        ({"metrics": ["r2_score"]}, "r2_score"),
    ]:
        with pytest.raises((ValueError, FileNotFoundError), match=message):
            train({"data": "moons", "epochs": 1} | given, verbose=0)
        assert not list(Path.cwd().glob("runs/*"))
    with pytest.raises(FileExistsError, match="exists already"):
        [train({"data": "moons", "epochs": 1}, name="a", verbose=0) for _ in range(2)]


@pytest.mark.parametrize("steps", [0, 5, 30, 63])
def test_a_run_that_was_broken_off_ends_with_the_same_bits(backend, break_off, monkeypatch, tmp_path, steps):
    given = {
        **{"data": "moons", "epochs": 4, "batch_size": 40, "checkpoint_steps": 7, "validation_split": 0.2},
        **{"network": {"name": "mlp", "dropout": 0.2}, "callbacks": [{"name": "ReduceOnPlateau", "patience": 1}]},
    }
    wanted = train(given, name="whole", verbose=0)
    break_off(steps, interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(given, name="broken", verbose=0)
    assert not Path("runs/broken/weights.safetensors").exists()
    assert json.loads(Path("runs/broken/history.json").read_text())["error"] == "KeyboardInterrupt: "
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    found = resume("runs/broken", verbose=0)
    assert weights("runs/broken") == weights("runs/whole")
    for part in ("figures", "test"):
        for result in (found, wanted):
            result[part].pop("seconds", None)
        assert found[part] == wanted[part]


def test_images_are_augmented_and_go_on_with_the_same_bits(break_off, monkeypatch, tmp_path):
    given = {
        **{"data": "digits", "epochs": 2, "network": {"name": "mlp", "hidden_units": 8}, "checkpoint_steps": 10},
        "augment": [{"name": "Flip"}, {"name": "Shift", "pixels": 1}],
    }
    train(given | {"augment": []}, name="plain", verbose=0)
    train(given, name="whole", verbose=0)
    break_off(47, interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(given, name="broken", verbose=0)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    resume("runs/broken", verbose=0)
    assert weights("runs/plain") != weights("runs/whole") == weights("runs/broken")


def test_a_run_that_is_trained_longer_is_not_done_until_its_end(break_off):
    train({"data": "moons", "epochs": 1}, name="a", verbose=0)
    break_off(30, interrupt)
    with pytest.raises(KeyboardInterrupt):
        resume("runs/a", epochs=2, verbose=0)
    with pytest.raises(nnfs.FormatError, match="this run is not done"):
        open_network("runs/a")
    assert json.loads(Path("runs/a/config.json").read_text())["epochs"] == 2


def test_being_told_to_end_saves_a_checkpoint(break_off):
    before = signal.getsignal(signal.SIGTERM)
    break_off(5, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(SystemExit) as leave:
        train({"data": "moons", "epochs": 2}, name="a", verbose=0)
    assert leave.value.code == 143
    assert leave.value.__notes__ == ["to go on with it: nnfs resume runs/a"]
    assert signal.getsignal(signal.SIGTERM) is before
    assert [path.name for path in Path("runs/a/checkpoints").iterdir()] == ["checkpoint-000000000006.safetensors"]


def test_no_checkpoints_where_none_are_wanted():
    train({"data": "moons", "epochs": 1, "checkpoint_epochs": 0}, name="a", verbose=0)
    assert not Path("runs/a/checkpoints").exists()
    before = Path("runs/a/weights.safetensors").read_bytes()
    for epochs in (None, 3):
        with pytest.raises(ValueError, match=r"^runs/a is finished, and has no checkpoints .* --epochs . --name NAME$"):
            resume("runs/a", epochs=epochs, verbose=0)
    assert Path("runs/a/weights.safetensors").read_bytes() == before


def test_the_seconds_of_a_run_are_those_of_all_processes(monkeypatch):
    clock = iter(range(0, 10**6, 10))
    monkeypatch.setattr("nnfs.runs.run_files.time.perf_counter", lambda: next(clock))
    found = train({"data": "moons", "epochs": 3, "checkpoint_epochs": 1}, name="a", verbose=0)
    assert found["figures"]["seconds"] >= 30  # a look at the clock for each checkpoint, and one at the end
    assert resume("runs/a", epochs=4, verbose=0)["figures"]["seconds"] > found["figures"]["seconds"]


@pytest.mark.parametrize("rows", [19, 21])
@pytest.mark.parametrize(
    "settings",
    [
        {"loss": {"name": "mean_squared_error"}, "scale_targets": True},
        {"class_weight": "balanced"},
        {"class_weight": {"1": 2.0}, "drop": ["a"]},
        {"sample_weight": "a", "missing": "mean"},
        {"missing": "drop", "standardize": True},
    ],
)
def test_a_table_with_other_rows_is_told_with_their_numbers(break_off, monkeypatch, tmp_path, settings, rows):
    def write(count):
        Path("a.csv").write_text("a,b,k\n" + "".join(f"{n},{n * n},{n % 2}\n" for n in range(count)))

    write(20)
    break_off(2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        train({"data": "a.csv", "epochs": 3} | settings, name="a", verbose=0)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    write(rows)
    with pytest.raises(ValueError, match=rf"a\.csv has changed .* gave 20 samples then, and gives {rows} samples now"):
        resume("runs/a", verbose=0)
    write(20)
    assert resume("runs/a", verbose=0)["epochs"] == 3


def test_other_data_are_not_gone_on_with(break_off, monkeypatch, tmp_path):
    Path("a.csv").write_text("".join(f"{n},{n % 2}\n" for n in range(20)))
    break_off(2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        train({"data": "a.csv", "epochs": 3}, name="a", verbose=0)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("".join(f"{n},{(n + 1) % 2}\n" for n in range(20)))
    with pytest.raises(ValueError, match=r"a\.csv has changed since .*a began, .* 20 samples now. Try: .* --config "):
        resume("runs/a", verbose=0)


# Weights of classes whose names are numbers


def losses(name, **settings):
    train({"data": "a.csv", "epochs": 1, "validation_split": 0} | settings, name=name, verbose=0)
    return json.loads(Path("runs", name, "history.json").read_text())["step_losses"]


def test_classes_whose_names_are_numerals_go_by_their_names():
    given = {"class_names": ["2", "0", "1"], "target": "k"}
    Path("a.csv").write_text("a,k\n" + "".join(f"{n},{n % 3}\n" for n in range(30)))
    by_name = losses("a", **given, class_weight={"2": 5})
    moved = nnfs.runs.run._class_weight({"class_weight": {"2": 5, "1": 3}, "class_names": given["class_names"]})
    assert moved == {0: 5, 2: 3}
    assert by_name != losses("b", **given, class_weight={"0": 5})
    for unknown in ("3", "x"):
        with pytest.raises(ValueError, match=f"there is no class '{unknown}'; the classes are 2, 0, 1"):
            losses("c", **given, class_weight={unknown: 5})
    with pytest.raises(ValueError, match="there is no class 'x'; the classes are numbers, such as 0=2"):
        nnfs.runs.run._class_weight({"class_weight": {"x": 5}, "class_names": None})
    with pytest.raises(ValueError, match="class_weight: class '1' has two weights"):
        train({"data": "moons", "epochs": 1, "class_weight": {"lower moon": 2, "1": 3}}, verbose=0)


def test_the_data_line_says_how_to_choose_another_loss_where_it_was_guessed(capsys):
    option = "(for numbers to predict: --loss mean_squared_error)"
    np.savez("digits.npz", x=np.eye(12, dtype=np.float32), y=np.arange(12) % 3)
    for given, is_guess in (({}, True), ({"loss": {"name": "cross_entropy"}}, False)):
        train({"data": "digits.npz", "epochs": 1} | given, name=f"run{is_guess}")
        assert (option in capsys.readouterr().err) is is_guess
