"""Data for a trained network: a run and each file of its network match data alike, and note missing names."""

from __future__ import annotations

import csv
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs import Facts, FormatError
from nnfs.runs import open_network, train
from nnfs.runs.matching import load_matching

X = np.random.default_rng(0).normal(size=(40, 3)).round(3)
NAMES = np.array(["cat", "Hündchen, klein", "=owl()"])[X.argmax(axis=1)]
SETTINGS = {"epochs": 3, "optimizer": {"name": "adam", "learning_rate": 0.02}}


def table(name, **columns):
    with open(name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if name.endswith(".tsv") else ",")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return name


def columns_of(x, *order):
    return {name: x[:, "pqr".index(name)] for name in order}


def files_of(run):
    """Return the paths of a run and of all files with its network: weights, a checkpoint, exports, one out of ONNX."""
    network = nnfs.load(run)
    nnfs.save(network, "export.safetensors")
    made = [run, f"{run}/weights.safetensors", nnfs.io.list_checkpoints(f"{run}/checkpoints")[-1], "export.safetensors"]
    try:
        nnfs.io.onnx.save(network, "export.onnx", verbose=False)
    except ImportError:
        return made
    nnfs.save(nnfs.io.onnx.load("export.onnx").to_network(), "onnx.safetensors")
    return [*made, "onnx.safetensors"]


def matched(path, source, *, part=None, needs_labels=True, **options):
    network, _ = open_network(path)
    return network, load_matching(source, network, path, part=part, needs_labels=needs_labels, **options)


def forget(path):
    network, _ = open_network(path)
    network.facts = Facts()
    nnfs.save(network, "plain.safetensors")
    return "plain.safetensors"


def images(folder, *classes):
    image = pytest.importorskip("PIL.Image")
    for number, name in enumerate(classes):
        Path(folder, name).mkdir(parents=True)
        for index in range(4):
            image.new("L", (3, 3), 40 * number + index).save(Path(folder, name, f"{index}.png"))
    return folder


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_every_file_numbers_classes_and_orders_columns_as_the_run(backend, ending):
    source = table(f"all.{ending}", **columns_of(X, "p", "q", "r"), kind=NAMES)
    train(SETTINGS | {"data": source}, name="a", verbose=0)
    kept = NAMES != "cat"
    other = table(f"other.{ending}", **columns_of(X[kept], "r", "q"), kind=NAMES[kept], **columns_of(X[kept], "p"))
    network, found = matched("runs/a", other)
    assert set(found.train.y.tolist()) == {0, 1}  # names are sorted; the third class is missing
    wanted = network.evaluate(found.train.x, found.train.y)
    for path in files_of("runs/a"):
        network, found = matched(path, other)
        assert network.evaluate(found.train.x, found.train.y) == wanted, path
        assert found.changes == ()
        missing = table(f"missing.{ending}", **columns_of(X, "r", "q"))
        with pytest.raises(FormatError, match="there is no column p"):
            matched(path, missing, needs_labels=False)
        extra = table(f"extra.{ending}", **columns_of(X, "p", "q", "r"), id=range(40))
        with pytest.raises(
            FormatError, match="got the column id, wanted p, q, r, and kind for the labels; leave it out"
        ):
            matched(path, extra)


def test_every_file_of_a_regression_knows_its_columns(backend):
    price, weight = X @ [1, 2, 3], np.ones(40)
    source = table("all.csv", w=weight, **columns_of(X, "p", "q", "r"), **{"price, €": price})
    train(SETTINGS | {"data": source, "sample_weight": "w", "metrics": []}, name="a", verbose=0)
    facts = Facts(columns=["p", "q", "r"], target="price, €", sample_weight="w", metrics=[])
    for path in files_of("runs/a"):
        network, found = matched(path, source)
        assert network.facts == facts
        network, other = matched(path, table("new.csv", **columns_of(X, "r", "p", "q")), needs_labels=False)
        np.testing.assert_array_equal(found.train.x, other.train.x)


def test_names_in_npz_files_and_folders_of_images(backend):
    np.savez("all.npz", x=X.astype("f4"), y=NAMES)
    kept = NAMES != "=owl()"
    np.savez("some.npz", x=X[kept].astype("f4"), y=NAMES[kept])
    images("all", "ape", "cat", "owl")
    images("some", "cat", "owl")
    for source, other, numbers, divisor in (("all.npz", "some.npz", {1, 2}, None), ("all", "some", {1, 2}, 255)):
        run = train(SETTINGS | {"data": source}, verbose=0)["run"]
        for path in files_of(run):
            network, found = matched(path, other)
            assert set(found.train.y.tolist()) == numbers, path
            assert network.facts.pixels_divided_by == divisor
        with pytest.raises(
            FormatError, match=rf"^{other}: its labels are names \('.*, \.\.\.\), and plain\.safetensors"
        ):
            matched(forget(run), other)


def test_a_file_that_knows_nothing_numbers_no_names():
    source = table("all.csv", **columns_of(X, "p", "q", "r"), kind=NAMES)
    path = forget(train(SETTINGS | {"data": source}, name="a", verbose=0)["run"])
    with pytest.raises(FormatError, match=r"net\.facts = nnfs\.Facts\(class_names=\['=owl\(\)', .*nnfs\.save\(net, "):
        matched(path, source)
    network, found = matched(path, source, needs_labels=False)  # labels are ignored
    line = (
        "plain.safetensors does not know the names of its columns; they are taken in their order: p, q, r, and 'kind'"
    )
    assert found.changes == (f"{line} for the labels (if not: --target COLUMN)",)
    network.facts = dataclasses.replace(network.facts, class_names=sorted(set(NAMES)))
    nnfs.save(network, "named.safetensors")
    assert matched("named.safetensors", source)[1].train.y.tolist() == matched("runs/a", source)[1].train.y.tolist()


def test_columns_that_are_taken_by_their_place_are_told():
    source = table("all.csv", **columns_of(X, "p", "q", "r"), kind=X.argmax(axis=1))
    train(SETTINGS | {"data": source}, name="a", verbose=0)
    Path("new.csv").write_text("1,2,3\n4.5,5,6\n")
    found = matched("runs/a", "new.csv", needs_labels=False)[1]
    assert found.changes[-1] == "no line names its columns; they are taken for p, q, r, in this order"
    found = matched(forget("runs/a"), "new.csv", needs_labels=False)[1]
    words = "plain.safetensors does not know the names of its columns; they are taken in their order"
    assert found.changes[-1] == words
    reordered = table("other.csv", kind=X.argmax(axis=1), **columns_of(X, "r", "p", "q"))
    with pytest.raises(FormatError, match=rf"other\.csv: y must hold whole .*; {words}: kind, r, p, and 'q' for the"):
        matched("plain.safetensors", reordered)
    assert matched("plain.safetensors", reordered, target="kind")[1].columns == ("r", "p", "q")


def test_a_run_of_an_older_version_is_known_by_its_settings():
    source = table("all.csv", **columns_of(X, "p", "q", "r"), kind=NAMES)
    train(SETTINGS | {"data": source}, name="a", verbose=0)
    wanted, _ = open_network("runs/a")
    shutil.copy(forget("runs/a"), "runs/a/weights.safetensors")
    assert nnfs.load("runs/a").facts == Facts()
    assert open_network("runs/a")[0].facts == wanted.facts


def test_pixels_of_another_scale_are_told():
    digits = nnfs.data.load("digits")
    network = nnfs.NeuralNetwork((1, 8, 8), [], 10)
    network.facts, network.loss = Facts(pixels_divided_by=16), nnfs.losses.CrossEntropy()
    nnfs.save(network, "a.safetensors")
    np.savez("a.npz", x=(16 * digits.x_test).astype("u1"), y=digits.y_test)
    found = matched("a.safetensors", "a.npz")[1]
    assert found.changes[-1] == "pixels are divided by 255, and the network was trained on pixels / 16"
    assert matched("a.safetensors", "digits")[1].changes == ()


def test_a_data_set_with_other_names_is_told():
    network = nnfs.NeuralNetwork(2, [], 2)
    network.facts, network.loss = Facts(class_names=["a", "b"]), nnfs.losses.CrossEntropy()
    nnfs.save(network, "a.safetensors")
    found = matched("a.safetensors", "moons", part="train")[1]
    assert found.changes == ("labels are taken for the numbers of the classes: 0 for a, 1 for b",)
    with pytest.raises(ValueError, match="class_names has 2 names; digits has 10 classes"):
        matched("a.safetensors", "digits")


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("new.csv", "a column with them, which --target names"),
        ("new", "one folder of images for each class"),
        ("new.npz", "an array y in the file"),
    ],
)
def test_data_without_labels(source, fix):
    pytest.importorskip("PIL.Image")
    network = nnfs.NeuralNetwork((1, 3, 3) if source == "new" else 3, [], 2)
    nnfs.save(network, "a.safetensors")
    table("new.csv", **columns_of(X, "p", "q", "r"))
    np.savez("new.npz", x=X.astype("f4"))
    images("old", "cat")
    Path("old/cat").rename("new")
    with pytest.raises(ValueError, match=f"^{source} has no labels; they are needed here: {fix}"):
        matched("a.safetensors", source)
