"""The verb ``compare``: a network beside its copy in PyTorch."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

import nnfs
from nnfs import cli
from nnfs.io.torch import comparison
from nnfs.io.torch.twin import TorchTwin


def compare(capsys, *words, code=0):
    """Return what ``nnfs compare torch`` prints on stdout and stderr, without times."""
    assert cli.main(["compare", "torch", *words, "--no-times"]) == code
    return capsys.readouterr()


def test_a_run_is_compared_on_its_data(backend, torch, pets, capsys):
    out, err = compare(capsys, "runs/pets", "--steps", "3", "--batch-size", "4")
    assert out.startswith("runs/pets: ")
    assert "| 2, Dense(2)" in out
    assert "gradient of weight" in out
    assert "one batch of 4, float32, PyTorch " in out
    assert "losses of 3 steps of Adam(learning_rate=Constant(rate=0.05), " in out
    assert "within 1 % in all 3 steps" in out
    assert "DISAGREE" not in out
    assert err == ""


def test_the_steps_are_those_of_the_run_and_what_pytorch_is_not_given_is_told(torch, pets, capsys):
    words = "--optimizer sgd learning_rate=0.1 momentum=0.9 --schedule cosine warm_up=1 --clip-norm 1 --epochs 3"
    assert cli.main(["train", "pets.csv", "--target", "kind", "--name", "b", *words.split(), "--batch-size", "6"]) == 0
    capsys.readouterr()
    out = compare(capsys, "runs/b").out
    assert out.startswith(f"runs/b: {pets}; the optimizer is that of the run, without its clip_norm\n")
    assert "one batch of 6, " in out
    assert "steps of SGD(learning_rate=WarmUp(then=Cosine(start=0.1, steps=12, end=0.0), steps=6), " in out
    assert "DISAGREE" not in out
    out = compare(capsys, "runs/b", "--optimizer", "rmsprop", "--batch-size", "8").out
    assert out.startswith(f"runs/b: {pets}\n")
    assert "steps of RMSprop(learning_rate=0.001, " in out
    (pets.with_name("runs") / "b" / "history.json").unlink()
    assert "history.json: is missing or damaged" in compare(capsys, "runs/b", code=3).err


def test_a_file_names_no_optimizer(torch, pets, capsys):
    out = compare(capsys, "runs/pets/weights.safetensors", "pets.csv").out
    assert out.startswith("runs/pets/weights.safetensors: pets.csv; the optimizer is sgd, since the file names none;")
    assert "one batch of 40, " in out


def test_a_network_by_name_as_json(torch, capsys):
    found = json.loads(compare(capsys, "moons mlp", "--optimizer", "adam", "--json").out)
    assert found["agrees"]
    assert found["network"] == "moons mlp"
    assert len(found["losses"]["torch"]) == 20
    assert found["optimizer"].startswith("Adam(")
    assert found["step_seconds"] is None


def test_a_copy_that_is_wrong_is_a_failed_check(torch, pets, capsys, monkeypatch):
    def wrong(network, **options):
        twin = TorchTwin(network, **options)
        twin.model[2].weight.data[0, 0] += 0.1
        return twin

    monkeypatch.setattr(comparison, "TorchTwin", wrong)
    assert "THEY DISAGREE, first in layer 2, Dense(2): outputs" in compare(capsys, "runs/pets", code=1).out


def test_without_pytorch_one_line_shows_how_to_install_it(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    out, err = compare(capsys, "LeNet-5", code=2)
    assert out == ""
    assert err.startswith('nnfs: error: PyTorch is not installed; write: pip install "torch==2.13.0"')
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["LeNet-6"], 2, "no network is named 'LeNet-6'"),
        (["nothing.safetensors", "digits"], 4, "nothing.safetensors"),
        (["moons mlp", "--steps", "0"], 2, "compare: steps"),
        (["moons mlp", "--optimizer", "sdg"], 2, "sgd"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(torch, own_folder, capsys, words, code, message):
    out, err = compare(capsys, *words, code=code)
    assert out == ""
    assert message in err.splitlines()[-1]


def test_a_file_without_a_loss_is_refused(torch, own_folder, capsys):
    nnfs.save(nnfs.Sequential([nnfs.Dense(2)], 3), "a.safetensors")
    np.savez("a.npz", x=np.float32([[1, 2, 3]]), y=[1])
    _, err = compare(capsys, "a.safetensors", "a.npz", code=2)
    assert "a comparison needs labels and a loss, and a.npz has none that fit" in err


def test_a_network_in_the_place_of_the_word_torch_is_answered_by_the_line_to_write(capsys):
    assert cli.main(["compare", "runs/first"]) == 2
    assert "write nnfs compare torch runs/first" in capsys.readouterr().err
