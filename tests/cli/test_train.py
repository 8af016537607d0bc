"""The verb ``train``: options become settings, results go to stdout, and every mistake takes one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs import cli
from nnfs.cli import train

pytestmark = pytest.mark.usefixtures("own_folder")
SMALL = ["--network", "mlp", "hidden_units=8", "--epochs", "2", "--verbose", "0"]
COMMAND = [sys.executable, "-m", "nnfs"]


def test_figures_and_folder_are_on_stdout(backend, capsys):
    assert cli.main(["train", "moons", *SMALL, "--verbose", "2", "--name", "a", "--output", "out"]) == 0
    printed = capsys.readouterr()
    lines = dict(line.split(None, 1) for line in printed.out.splitlines() if not line.startswith("test"))
    assert (lines["run"], lines["epochs"]) == (os.path.join("out", "a"), "2")
    assert float(lines["val_accuracy"]) > 0
    assert [line[:9] for line in printed.err.splitlines()] == [
        *("data: 800", "validatio", "epoch 1/2", "epoch 2/2", "digest of")
    ]


def test_a_regression_names_its_column_and_tells_rmse_and_r2(capsys):
    x = np.linspace(-1, 1, 60)
    rows = "".join(f"{value:.3f},{3 * value:.3f}\n" for value in x)
    Path("prices.csv").write_text("size,price\n" + rows)
    assert cli.main(["train", "prices.csv", *SMALL, "--name", "a"]) == 0
    lines = dict(line.rsplit(None, 1) for line in capsys.readouterr().out.splitlines())
    assert lines["target"] == "price"
    assert float(lines["val_root_mean_squared_error"]) == pytest.approx(float(lines["val_loss"]) ** 0.5, rel=1e-3)
    assert -10 < float(lines["val_r2_score"]) < 1
    assert cli.main(["evaluate", "runs/a", "prices.csv"]) == 0
    lines = dict(line.rsplit(None, 1) for line in capsys.readouterr().out.splitlines())
    assert list(lines) == ["target", "samples", "loss", "root_mean_squared_error", "r2_score"]
    network = nnfs.load("runs/a")
    y = 3 * x.round(3)[:, None]
    wanted = nnfs.metrics.r2_score(targets=y, outputs=network.predict(x.round(3)[:, None].astype("f")))
    assert float(lines["r2_score"]) == pytest.approx(wanted, abs=2e-3)


def test_what_goes_wrong_takes_one_line_each_and_verbose_0_is_silent(capsys):
    rng = np.random.default_rng(0)
    rows = "".join(f"{a:.3f},{b * 500:.3f},{int(a > 0)}\n" for a, b in rng.normal(size=(200, 2)))
    Path("sizes.csv").write_text("width,price,kind\n" + rows)
    words = ["train", "sizes.csv", *SMALL, "--optimizer", "adam"]
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert cli.main([*words, "--name", "a", "--verbose", "2"]) == 0
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("nnfs: warning:")]
        assert line.startswith("nnfs: warning: x, column 'price': columns have very unlike scales")
        assert line.endswith("; write --standardize")
        assert cli.main([*words, "--name", "b"]) == 0
        assert cli.main([*words, "--name", "c", "--verbose", "2", "--standardize"]) == 0
        assert "warning" not in capsys.readouterr().err


def test_json_is_one_object(capsys):
    assert cli.main(["train", "moons", *SMALL, "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert list(found) == ["run", "epochs", "stopped", "best_epoch", "target", "figures", "test"]
    assert Path(found["run"]).name.startswith("mlp-")
    assert (Path(found["run"]) / "weights.safetensors").is_file()
    assert printed.err == ""


def test_every_option_becomes_a_setting(monkeypatch):
    seen = {}
    monkeypatch.setattr("nnfs.runs.train", lambda settings, **options: seen.update(settings) or {})
    monkeypatch.setattr(train, "print_result", lambda *arguments: None)
    words = """train digits --data-dir d --target t --sample-weight w --class-names x y --network cnn filters=8,16
        --dtype float64 --seed 3 --loss huber delta=2 --optimizer sgd momentum=0.9 --schedule cosine warm_up=1
        --metrics accuracy macro_f1 --epochs 4 --batch-size 5 --validation-data v --validation-split 0.5 --no-shuffle
        --standardize --scale-targets --missing mean --drop a b
        --size 32x32 --grey --accumulate 2 --shards 4 --start-from runs/one --freeze 0-2
        --class-weight x=2 y=0.5 --clip-norm 1 --clip-value 2 --callback EarlyStopping patience=3
        --callback Statistics --augment Flip vertical=true --augment Shift pixels=2
        --checkpoint-epochs 0 --checkpoint-steps 9"""
    assert cli.main(words.split()) == 0
    assert seen == {
        **{"data": "digits", "data_dir": "d", "target": "t", "sample_weight": "w", "class_names": ["x", "y"]},
        **{"network": {"name": "cnn", "filters": [8, 16]}, "dtype": "float64", "seed": 3},
        **{"loss": {"name": "huber", "delta": 2}, "optimizer": {"name": "sgd", "momentum": 0.9}},
        **{"schedule": {"name": "cosine", "warm_up": 1}, "metrics": ["accuracy", "macro_f1"], "epochs": 4},
        **{"batch_size": 5, "validation_data": "v", "validation_split": 0.5, "shuffle": False, "standardize": True},
        **{"scale_targets": True, "missing": "mean", "drop": ["a", "b"]},
        **{"size": "32x32", "grey": True, "accumulate": 2, "shards": 4, "start_from": "runs/one", "freeze": "0-2"},
        **{"class_weight": {"x": 2, "y": 0.5}, "clip_norm": 1.0, "clip_value": 2.0},
        "augment": [{"name": "Flip", "vertical": True}, {"name": "Shift", "pixels": 2}],
        "callbacks": [{"name": "EarlyStopping", "patience": 3}, {"name": "Statistics"}],
        **{"checkpoint_epochs": 0, "checkpoint_steps": 9},
    }
    from nnfs.runs import SETTINGS

    assert set(seen) == set(SETTINGS) - {"columns", "layers"}


def test_help_tells_all_arguments(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    assert cli.main(["train", "--help"]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.partition("What these options")[2].splitlines())) <= 60
    words = " ".join(printed.split())
    for text in (
        "--optimizer sgd learning_rate=0.01 momentum=0.0 nesterov=false weight_decay=0.0 adam learning_rate=0.001",
        "--augment Flip horizontal=true vertical=false Shift pixels=...",
        "--callback EarlyStopping monitor=val_loss patience=5",
        "step every=... factor=0.1",
    ):
        assert text in words


def test_balanced_classes():
    Path("a.csv").write_text("".join(f"{n},{n % 5},{'rare' if n % 4 == 0 else 'often'}\n" for n in range(40)))
    words = ["train", "a.csv", *SMALL, "--name"]
    assert cli.main([*words, "a", "--class-weight", "balanced"]) == 0
    assert json.loads(Path("runs/a/config.json").read_text())["class_weight"] == "balanced"
    assert cli.main([*words, "b", "--class-weight", "rare=2", f"often={2 / 3!r}"]) == 0
    assert cli.main([*words, "c"]) == 0
    a, b, c = (Path(f"runs/{name}/weights.safetensors").read_bytes() for name in "abc")
    assert a == b != c


def test_options_go_before_a_file_of_settings(capsys):
    Path("a.toml").write_text('data = "moons"\nepochs = 9\n[[layers]]\nname = "Dense"\nunits = 2\n')
    assert cli.main(["train", "--config", "a.toml", "--epochs", "1", "--verbose", "0", "--name", "a"]) == 0
    config = json.loads(Path("runs/a/config.json").read_text())
    assert (config["epochs"], len(config["layers"])) == (1, 1)
    again = ["train", "--config", "runs/a/config.json", "--verbose", "0", "--name"]
    assert cli.main([*again, "b"]) == 0
    assert Path("runs/b/weights.safetensors").read_bytes() == Path("runs/a/weights.safetensors").read_bytes()
    assert cli.main([*again, "c", "--network", "mlp"]) == 0
    assert len(nnfs.load("runs/c/weights.safetensors").layers) == 3
    assert cli.main(["train", "moons", "--network", "a.toml", "--epochs", "1", "--verbose", "0", "--name", "d"]) == 0
    assert len(nnfs.load("runs/d/weights.safetensors").layers) == 1


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ([], 2, "data is missing"),
        (["--metrics", "accuracy", "digits"], 2, "it goes first: nnfs train DATA --metrics"),
        (
            ["moon"],
            4,
            "moon: there is no such file or folder, and no data set of this name; write moons",
        ),
        (["none.npz"], 4, "none.npz: there is no such file or folder"),
        (["bad.csv"], 3, "bad.csv: line 2, column '0': got 'x', wanted a finite number"),
        (["bad.npz"], 3, "bad.npz: is no whole .npz file"),
        (["."], 3, "wanted images of one class"),
        (["moons", "--epochs", "many"], 2, "argument --epochs: invalid int value: 'many'"),
        (["moons", "--epochs", "0"], 2, "epochs is 0; it must be an integer from 1"),
        (["moons", "--optimizer", "Adam"], 2, "optimizer: there is no 'Adam'; write adam"),
        (["moons", "--loss", "mse"], 2, "loss: there is no 'mse'; write mean_squared_error"),
        (["digits", "--network", "CNN"], 2, "network: there is no 'CNN'; write cnn, or give a .toml"),
        (["digits", "--network", "cnn", "filters=8", "16"], 2, "a list has commas and no spaces: filters=8,16"),
        (["digits", "--network", "cnn", "filters=[8,16]"], 2, "a list has commas and no brackets: filters=8,16"),
        (["digits", "--network", "cnn", "filters=[8,", "16]"], 2, "a list has commas and no brackets: filters=8"),
        (
            ["sonar"],
            4,
            "sonar: there is no such file or folder, and no data set of this name; the names are linear-",
        ),
        (["moons", "--optimizer", "lion"], 2, "optimizer: there is no 'lion'; the names are sgd, adam"),
        (["moons", "--optimizer", "sgd", "momentum"], 2, "error: --optimizer: got 'momentum', wanted name=value"),
        (["moons", "--callback", "Statistics", "5"], 2, "error: --callback: got '5', wanted name=value"),
        (["moons", "--class-weight", "balance"], 2, "error: --class-weight: got 'balance', wanted name=value"),
        (["moons", "--network", "mlp", "unit=3"], 2, "network: mlp has no argument 'unit'; it takes hidden_units"),
        (["moons", "--network", "bad.toml"], 3, "bad.toml: layers[0]: there is no 'Dens'; the names are"),
        (["moons", "--network", "none.toml"], 4, "none.toml: No such file or directory"),
        (["moons", "--config", "bad.toml"], 3, "bad.toml: layers[0]"),
        (["moons", "--name", "a/b"], 2, "the name of a run must be the name of a folder, not a path, got 'a/b'"),
        (["moons", "--name", "there"], 4, "there exists already and stays as it is. Try: another --name"),
        (["moons", "--output", "bad.csv"], 4, "bad.csv"),
        (["moons", "--optimizer", "sgd", "learning_rate=1e30"], 5, "epoch 1: "),
    ],
)
def test_a_mistake_takes_one_line(words, code, line, capsys):
    Path("bad.csv").write_text("1,2\nx,3\n")
    Path("bad.npz").write_text("PK")
    Path("bad.toml").write_text('[[layers]]\nname = "Dens"\n')
    Path("runs/there").mkdir(parents=True)
    assert cli.main(["train", *words, "--verbose", "0"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert line in printed.err


def test_a_process_that_is_told_to_end_can_be_resumed():
    words = ["train", "digits", "--name", "a", "--epochs", "3000", "--verbose", "0", "--validation-split", "0.1"]
    process = subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True)
    try:
        while not list(Path("runs/a/checkpoints").glob("*.safetensors")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    finally:
        process.kill()
        told = process.communicate()[1]
    assert told.endswith("terminated; to go on with it: nnfs resume runs/a\n")
    assert told.count("\n") == 1
    assert not Path("runs/a/weights.safetensors").exists()
    config = json.loads(Path("runs/a/config.json").read_text())
    steps = max(int(path.stem[-12:]) for path in Path("runs/a/checkpoints").iterdir())
    epochs = steps // 34 + 1  # of 1,078 samples in batches of 32
    Path("runs/a/config.json").write_text(json.dumps(config | {"epochs": epochs}))
    ran = subprocess.run([*COMMAND, "resume", "runs/a", "--json"], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["epochs"] == epochs
    whole = [*COMMAND, "train", *words[1:], "--name", "b", "--epochs", str(epochs)]
    assert subprocess.run(whole, capture_output=True, timeout=60).returncode == 0
    assert Path("runs/b/weights.safetensors").read_bytes() == Path("runs/a/weights.safetensors").read_bytes()


@pytest.mark.parametrize(("words", "grey"), [("--grey", True), ("--colour", False), ("--no-grey", False)])
def test_colour_is_the_opposite_of_grey(monkeypatch, words, grey):
    seen = {}
    monkeypatch.setattr("nnfs.runs.train", lambda settings, **options: seen.update(settings) or {})
    monkeypatch.setattr(train, "print_result", lambda *arguments: None)
    assert cli.main(["train", "digits", words]) == 0
    assert seen == {"data": "digits", "grey": grey}
