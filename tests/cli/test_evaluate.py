"""The verb ``evaluate``: figures of runs and files, on every kind of data."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import nnfs
from nnfs import cli


def test_a_run_knows_its_labels(backend, pets, capsys):
    assert cli.main(["evaluate", "runs/pets", "pets.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["network"], found["data"], found["samples"]) == ("runs/pets", "pets.csv", 40)
    assert found["accuracy"] == 1.0
    # Classes keep their numbers if one of them is missing, and the column of labels may be another one.
    pets.with_name("cats.csv").write_text("a,b,kind\n1,0,cat\n1,3,cat\n")
    assert cli.main(["evaluate", "runs/pets", "cats.csv", "--metrics", "accuracy", "macro_f1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["samples", "loss", "accuracy", "macro_f1"]
    assert lines[2].split() == ["accuracy", "1"]


def test_messages_about_data_show_what_to_write(pets, capsys):
    pets.with_name("comment.csv").write_text("# of May\n" + pets.read_text())
    np.savez("bytes.npz", x=np.ones((1, 2), "f4"), y=np.array([b"cat"]))
    for name, words in (
        ("comment.csv", "remove the lines that begin with #, or: "),
        ("bytes.npz", "save y.astype(str)"),
    ):
        assert cli.main(["evaluate", "runs/pets", name]) == 3
        assert words in capsys.readouterr().err


def test_columns_are_taken_by_their_names(pets, capsys):
    config = json.loads(pets.with_name("runs").joinpath("pets", "config.json").read_text())
    assert (config["columns"], config["target"]) == (["a", "b"], "kind")
    rows = [line.split(",") for line in pets.read_text().splitlines()]
    pets.with_name("other.csv").write_text("".join(f"{b},{kind},{a}\n" for kind, a, b in rows))
    figures = []
    for name in ("pets.csv", "other.csv"):
        assert cli.main(["evaluate", "runs/pets", name]) == 0
        figures.append(capsys.readouterr().out)
    assert figures[0] == figures[1]
    for text, line in (
        ("kind,a,id\n", "there is no column b"),
        ("kind,a,b,id\n", "got the column id, wanted a, b, and kind for"),
    ):
        pets.with_name("other.csv").write_text(text + "cat,1,2,3\n")
        for verb in ("evaluate", "predict"):
            assert cli.main([verb, "runs/pets", "other.csv"]) == 3
            assert f"other.csv: line 1: {line}" in capsys.readouterr().err


def test_a_file_and_a_part(own_folder, capsys):
    network = nnfs.NeuralNetwork(2, 4, 2)
    moons = nnfs.data.load("moons")
    network.fit(moons.x_train, moons.y_train, loss="cross_entropy", verbose=0)
    nnfs.save(network, "a.safetensors")
    for words, samples in ([], 200), (["--part", "test"], 200), (["--part", "train"], 800):
        assert cli.main(["evaluate", "a.safetensors", "moons", "--json", *words]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["samples"] == samples
    assert found["loss"] == network.evaluate(moons.x_train, moons.y_train)["loss"]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["runs/pets"], 2, "the following arguments are required: DATA"),
        (["runs/none", "pets.csv"], 4, "runs/none: No such file or directory"),
        (["runs", "pets.csv"], 3, "runs: is no run"),
        (["pets.csv", "pets.csv"], 3, "pets.csv: got .csv, wanted the folder of a run or a .safetensors file of nnfs"),
        (["runs/pets", "moon"], 4, "moon: there is no such file or folder, and no data set"),
        (["runs/pets", "dogs.csv"], 3, "dogs.csv: got the class 'dog', wanted one of ape, cat"),
        (["runs/pets", "none.csv"], 4, "none.csv: there is no such file"),
        (["runs/pets", "digits"], 2, "class_names has 2 names; digits has 10 classes"),
        (["runs/pets", "wide.npz"], 3, "wide.npz: x must have shape (N, 2), got (3, 5)"),
        (["runs/pets", "new.csv"], 2, "new.csv has no labels"),
        (["runs/pets", "pets.csv", "--part", "test"], 2, "pets.csv has only one part"),
        (["runs/pets", "pets.csv", "--metrics", "f1"], 2, "unknown metric 'f1'"),
        (["runs/pets", "pets.csv", "--data-dir", "x"], 2, "data_dir is for fashion-mnist"),
    ],
)
def test_a_mistake_takes_one_line(words, code, line, pets, capsys):
    pets.with_name("dogs.csv").write_text("kind,a,b\ndog,1,2\n")
    pets.with_name("new.csv").write_text("a,b\n1,2\n")
    np.savez("wide.npz", x=np.zeros((3, 5), "f4"), y=[0, 1, 0])
    assert cli.main(["evaluate", *words]) == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert line in printed.err


def test_labels_that_the_network_does_not_have(pets, capsys):
    np.savez("third.npz", x=np.zeros((3, 2), "f4"), y=[0, 1, 2])
    assert cli.main(["evaluate", "runs/pets", "third.npz"]) == 3
    line = "nnfs: error: third.npz: y[2] is 2, but the network has 2 classes: labels go from 0 to 1; for 3 classes "
    assert capsys.readouterr().err == f"{line}the network ends in Dense(3)\n"


def test_a_process(pets):
    command = [sys.executable, "-m", "nnfs", "evaluate", "runs/pets", "pets.csv"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0
    assert ran.stderr == "pets.csv: 36 of these 40 samples were trained on; new ones may be predicted worse\n"
    assert ran.stdout.startswith("samples              40\nloss ")


def test_labels_that_are_numbers_are_told(pets, capsys):
    pets.with_name("numbers.csv").write_text("kind,a,b\n0,1,2\n1,3,4\n")
    assert cli.main(["evaluate", "runs/pets", "numbers.csv"]) == 0
    line = "numbers.csv: labels are taken for the numbers of the classes: 0 for ape, 1 for cat\n"
    assert capsys.readouterr().err == line
    assert cli.main(["predict", "runs/pets", "numbers.csv"]) == 0
    assert capsys.readouterr().err == ""


def test_files_of_a_run_give_its_figures(backend, pets, capsys):
    pets.with_name("cats.csv").write_text("b,a,kind\n0,1,cat\n3,1,cat\n")
    assert cli.main(["export", "runs/pets", "pets.safetensors"]) == 0
    printed = []
    for path in ("runs/pets", "runs/pets/weights.safetensors", nnfs.io.list_checkpoints("runs/pets/checkpoints")[-1]):
        assert cli.main(["evaluate", path, "cats.csv"]) == 0
        printed.append(capsys.readouterr())
    assert cli.main(["evaluate", "pets.safetensors", "cats.csv"]) == 0
    assert [capsys.readouterr()] * 3 == printed


def test_the_metrics_of_a_run_are_those_of_its_files(own_folder, capsys):
    words = "train moons --metrics macro_f1 macro_recall --epochs 1 --name a --verbose 0"
    assert cli.main(words.split()) == 0
    assert cli.main(["export", "runs/a", "a.safetensors"]) == 0
    capsys.readouterr()
    for path in ("runs/a", "a.safetensors"):
        assert cli.main(["evaluate", path, "moons", "--json"]) == 0
        assert list(json.loads(capsys.readouterr().out))[3:] == ["loss", "macro_f1", "macro_recall"]


def test_a_file_that_does_not_know_says_so(pets, capsys):
    network = nnfs.load("runs/pets")
    network.facts = nnfs.Facts()
    nnfs.save(network, "plain.safetensors")
    assert cli.main(["evaluate", "plain.safetensors", "pets.csv", "--target", "kind"]) == 3
    assert "pets.csv: its labels are names ('ape', 'cat', ...), and plain.safetensors" in capsys.readouterr().err
    pets.with_name("numbers.csv").write_text("a,b,kind\n1,0,1\n0,2,0\n")
    assert cli.main(["evaluate", "plain.safetensors", "numbers.csv"]) == 0
    words = (
        "plain.safetensors does not know the names of its columns; they are taken in their order: a, b, and 'kind' for"
    )
    assert words in capsys.readouterr().err


def test_a_network_without_a_loss(pets, capsys):
    nnfs.save(nnfs.NeuralNetwork(2, [], 2), "plain.safetensors")
    assert cli.main(["evaluate", "plain.safetensors", "pets.csv"]) == 3
    line = "plain.safetensors: the file does not name the loss. Try: in Python, net = nnfs.load('plain.safetensors')"
    assert line in capsys.readouterr().err


def test_samples_that_a_run_was_trained_on_are_told(backend, pets, capsys):
    def said(*words):
        assert cli.main(["evaluate", "runs/pets", *words]) == 0
        return capsys.readouterr().err

    told = "pets.csv: 36 of these 40 samples were trained on"
    assert told in said("pets.csv")
    shutil.copy("pets.csv", "copy.csv")
    assert "trained on" not in said("copy.csv")
    shutil.rmtree("runs/pets/checkpoints")
    assert told in said("pets.csv")


def test_other_samples_in_the_file_of_a_run_are_not_taken_for_those_of_its_training(pets, capsys):
    pets.write_text(pets.read_text() + "cat,1,2\n")
    assert cli.main(["evaluate", "runs/pets", "pets.csv"]) == 0
    assert "trained on" not in capsys.readouterr().err


@pytest.mark.parametrize(("loss", "unit"), [("mean_squared_error", "size, squared"), ("l1", "size"), ("huber", "size")])
def test_the_loss_of_scaled_targets_has_its_unit_beside_it(tmp_path, monkeypatch, capsys, loss, unit):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("a,b,size\n" + "".join(f"{n % 7},{n % 5},{n}.5\n" for n in range(30)))
    assert cli.main(f"train t.csv --loss {loss} --scale-targets --epochs 1 --name a --verbose 0".split()) == 0
    capsys.readouterr()
    assert cli.main(["evaluate", "runs/a", "t.csv"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("loss "))
    assert line.endswith(f" (in the unit of {unit}; that of the training is of scaled targets)")
