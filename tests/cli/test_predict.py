"""The verb ``predict``: classes by name, probabilities and numbers, as CSV and JSON."""

from __future__ import annotations

import csv
import json
import shlex
import subprocess
import sys

import numpy as np
import pytest

import nnfs
from nnfs import cli


def test_classes_by_name(backend, pets, capsys):
    pets.with_name("new.csv").write_text("a,b\n1,3\n0,2\n")
    assert cli.main(["predict", "runs/pets", "new.csv"]) == 0
    assert capsys.readouterr().out == "class\ncat\nape\n"
    pets.with_name("pets.csv").write_text("kind,a,b\ndog,0,0\ndog,1,1\n")  # labels are ignored
    assert cli.main(["predict", "runs/pets", "pets.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["columns"] == ["class"]
    assert found["rows"] == [["ape"], ["cat"]]


def test_scaled_pixels_are_told(pets, capsys):
    np.savez("a.npz", x=np.array([[255, 0]], np.uint8))
    assert cli.main(["predict", "runs/pets", "a.npz"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("class\ncat\n", "a.npz: pixels 0..255 (uint8) are read as 0..1\n")


def test_images_have_the_names_of_their_files(own_folder, capsys):
    image = pytest.importorskip("PIL.Image")
    (own_folder / "new").mkdir()
    for name, colour in (("new/b, 2.png", 0), ("new/a.png", 255)):
        image.new("L", (2, 1), colour).save(own_folder / name)
    network = nnfs.Sequential([nnfs.Flatten(), nnfs.Dense(2)], (1, 1, 2))
    network.load_state_dict({"1.weight": np.float32([[0, 0], [1, 1]]), "1.bias": np.float32([1, 0])})
    network.loss = nnfs.losses.CrossEntropy()
    nnfs.save(network, "a.safetensors")
    assert cli.main(["predict", "a.safetensors", "new"]) == 0
    assert capsys.readouterr().out == 'file,class\na.png,1\n"b, 2.png",0\n'
    assert cli.main(["predict", "a.safetensors", "new", "--proba", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["columns"], [row[0] for row in found["rows"]]) == (["file", "0", "1"], ["a.png", "b, 2.png"])


def test_several_yes_or_no_answers_stand_under_their_names(backend, own_folder, capsys):
    network = nnfs.Sequential([nnfs.Dense(2)], 1)
    network.load_state_dict({"0.weight": np.float32([[1], [-1]]), "0.bias": np.float32([0, 1])})
    network.loss = nnfs.losses.BinaryCrossEntropy()
    nnfs.save(network, "a.safetensors")
    network.facts = nnfs.Facts(class_names=["wet", "cold"])
    nnfs.save(network, "named.safetensors")
    np.savez("a.npz", x=np.float32([[2], [-2]]))
    for name, columns in (("a", "answer 0,answer 1"), ("named", "wet,cold")):
        assert cli.main(["predict", f"{name}.safetensors", "a.npz"]) == 0
        assert capsys.readouterr().out == f"{columns}\n1,0\n0,1\n"
    assert cli.main(["predict", "named.safetensors", "a.npz", "--proba"]) == 0
    assert capsys.readouterr().out.startswith("wet,cold\n0.88")


def test_an_answer_that_is_no_number_is_an_error(own_folder, capsys):
    network = nnfs.Sequential([nnfs.Dense(2)], 1)
    network.loss = nnfs.losses.BinaryCrossEntropy()
    network.parameters["0.weight"].value[...] = 3e38
    nnfs.save(network, "a.safetensors")
    np.savez("a.npz", x=np.float32([[2], [-2]]))
    assert cli.main(["predict", "a.safetensors", "a.npz"]) == 5
    assert "scores holds" in capsys.readouterr().err


def test_probabilities(pets, capsys):
    pets.with_name("new.csv").write_text("1,3\n0,2\n")
    assert cli.main(["predict", "runs/pets", "new.csv", "--proba"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == ["ape", "cat"]
    found = np.array(rows[1:], float)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    x = np.array([[1, 3], [0, 2]], np.float32)
    np.testing.assert_array_equal(found.astype(np.float32), nnfs.load("runs/pets/weights.safetensors").predict_proba(x))


def test_numbers_and_classes_without_names(own_folder, capsys):
    network = nnfs.NeuralNetwork(2, 4, 2)
    nnfs.save(network, "a.safetensors")  # never trained: without a loss, the meaning of its outputs is unknown
    x = np.array([[1, 2], [3, 4]], np.float32)
    np.savez("a.npz", x=x)
    assert cli.main(["predict", "a.safetensors", "a.npz"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == ["output 0", "output 1"]
    np.testing.assert_array_equal(np.array(rows[1:], np.float32), network.predict(x))
    network.loss = nnfs.losses.CrossEntropy()
    nnfs.save(network, "a.safetensors")
    assert cli.main(["predict", "a.safetensors", "a.npz", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == network.predict_classes(x)[:, None].tolist()
    assert cli.main(["predict", "a.safetensors", "a.npz", "--proba", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["columns"] == ["0", "1"]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["runs/pets"], 2, "the following arguments are required: DATA"),
        (["runs/none", "pets.csv"], 4, "runs/none: No such file or directory"),
        (["runs/pets", "moon"], 4, "moon: there is no such file or folder, and no data set of this name"),
        (["runs/pets", "wide.npz"], 3, "wide.npz: x must have shape (N, 2), got (3, 5)"),
        (["runs/pets", "bad.csv"], 3, "bad.csv: line 2, column 'b': got 'x', wanted a finite number"),
        (
            ["numbers.safetensors", "new.npz", "--proba"],
            2,
            "leave --proba out: the loss 'mean_squared_error' has no probabilities, only numbers to predict",
        ),
    ],
)
def test_a_mistake_takes_one_line(words, code, line, pets, capsys):
    pets.with_name("bad.csv").write_text("a,b\n1,x\n")
    np.savez("wide.npz", x=np.zeros((3, 5), "f4"))
    np.savez("new.npz", x=np.ones((1, 2), "f4"))
    network = nnfs.NeuralNetwork(2, 4, 1)
    network.loss = nnfs.losses.MeanSquaredError()
    nnfs.save(network, "numbers.safetensors")
    assert cli.main(["predict", *words]) == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert line in printed.err


def test_a_process(pets):
    command = [sys.executable, "-m", "nnfs", "predict", "runs/pets", "pets.csv"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == ["class", *["ape", "cat"] * 20]
    closed = subprocess.run(["bash", "-c", f"{shlex.join(command)} >&-"], capture_output=True, text=True, timeout=60)
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, "", "")


def test_files_of_a_run_print_names(backend, pets, capsys):
    pets.with_name("new.csv").write_text("b,a\n3,1\n2,0\n")
    assert cli.main(["export", "runs/pets", "pets.safetensors"]) == 0
    for path in ("pets.safetensors", nnfs.io.list_checkpoints("runs/pets/checkpoints")[-1]):
        assert cli.main(["predict", path, "new.csv"]) == 0
        assert capsys.readouterr() == ("class\ncat\nape\n", "")
        assert cli.main(["predict", path, "new.csv", "--proba", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["columns"] == ["ape", "cat"]


def test_a_file_that_does_not_know_names_says_so(pets, capsys):
    network = nnfs.load("runs/pets")
    network.facts = nnfs.Facts()
    nnfs.save(network, "plain.safetensors")
    pets.with_name("new.csv").write_text("a,b\n1,3\n0,2\n")
    for words, out in ([], "class\n1\n0\n"), (["--proba"], "0,1\n"):
        assert cli.main(["predict", "plain.safetensors", "new.csv", *words]) == 0
        printed = capsys.readouterr()
        assert printed.out.startswith(out)
        assert printed.err == (
            "new.csv: plain.safetensors does not know the names of its columns; they are taken in their order: a, b\n"
            "plain.safetensors: does not know the names of its classes; it prints numbers\n"
        )


def test_a_yes_or_no_answer_has_two_names(own_folder, capsys):
    network = nnfs.NeuralNetwork(1, [], 1)
    network.load_state_dict({"0.weight": [[1.0]], "0.bias": [0.0]})
    network.loss, network.facts = nnfs.losses.BinaryCrossEntropy(), nnfs.Facts(class_names=["no", "yes"])
    nnfs.save(network, "a.safetensors")
    np.savez("a.npz", x=np.float32([[-1], [1]]))
    assert cli.main(["predict", "a.safetensors", "a.npz"]) == 0
    assert capsys.readouterr() == ("class\nno\nyes\n", "")
    assert cli.main(["predict", "a.safetensors", "a.npz", "--proba"]) == 0
    assert capsys.readouterr().out.startswith("no,yes\n")


def test_a_regression_prints_the_name_of_its_column(own_folder, capsys):
    own_folder.joinpath("a.csv").write_text('x,"price, €"\n1,2\n2,4.5\n3,6\n', encoding="utf-8")
    assert cli.main(["train", "a.csv", "--epochs", "1", "--name", "a", "--verbose", "0"]) == 0
    assert cli.main(["export", "runs/a", "a.safetensors"]) == 0
    capsys.readouterr()
    for path in ("runs/a", "a.safetensors"):
        assert cli.main(["predict", path, "a.csv", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["columns"] == ["price, €"]


def test_one_image_of_any_size_is_predicted(own_folder, capsys):
    image = pytest.importorskip("PIL.Image")
    for name, colour in (("dark", 20), ("light", 230)):
        (own_folder / "pets" / name).mkdir(parents=True)
        for number in range(6):
            image.new("L", (6 + number, 6), colour + number).save(own_folder / "pets" / name / f"{number}.png")
    words = "train pets --size 4x4 --grey --epochs 20 --optimizer adam learning_rate=0.01 --name a --verbose 0"
    assert cli.main(words.split()) == 0
    image.new("RGB", (9, 5), (240, 240, 240)).save(own_folder / "x y.png")
    capsys.readouterr()
    assert cli.main(["predict", "runs/a", "x y.png"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == ["file,class", "x y.png,light"]
    assert "1 of 1 images are brought to 4 x 4 pixels in grey" in err
    assert cli.main(["evaluate", "runs/a", "pets"]) == 0
    assert "12 of 12 images are brought to 4 x 4" in capsys.readouterr().err
    assert cli.main(["evaluate", "runs/a", "x y.png"]) == 2
    assert "x y.png has no labels" in capsys.readouterr().err


def test_a_raw_table_is_predicted_by_a_run_and_by_its_files(own_folder, capsys):
    lines = [f"{n},{('Oslo', 'Rome')[n % 2]},{'' if n == 3 else n % 2},{n % 2 * 1e4 + 5.5}" for n in range(40)]
    own_folder.joinpath("a.csv").write_text("\n".join(["id,town,age,price", *lines]))
    own_folder.joinpath("new.csv").write_text("age;town\n1,0;Rome\n0,0;Oslo\n;Bern\n")
    words = "train a.csv --drop id --missing mean --scale-targets --standardize --epochs 60 --name a --verbose 0"
    assert cli.main([*words.split(), "--optimizer", "adam", "learning_rate=0.01"]) == 0
    assert cli.main(["export", "runs/a", "a.safetensors"]) == 0
    capsys.readouterr()
    for path in ("runs/a", "a.safetensors"):
        assert cli.main(["predict", path, "new.csv"]) == 0
        out, err = capsys.readouterr()
        name, *values = out.split()
        assert name == "price"
        np.testing.assert_allclose(list(map(float, values))[:2], [10005.5, 5.5], atol=500)
        assert "numbers have a decimal comma" in err
        assert "values of town unknown to the training (1 of 3: 'Bern') are taken for no category" in err
        assert "missing values (1) are taken for the mean" in err
    assert cli.main(["evaluate", "runs/a", "a.csv"]) == 0
    assert "36 of these 40 samples were trained on" in capsys.readouterr().err
    own_folder.joinpath("bad.csv").write_text("age,town\nold,Rome\n")
    assert cli.main(["predict", "runs/a", "bad.csv"]) == 3
    assert "bad.csv: line 2, column 'age': got 'old', wanted a finite number" in capsys.readouterr().err
