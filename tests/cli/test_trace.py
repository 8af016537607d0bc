"""The verb ``trace``: one sample through the network, in numbers, statistics and formulas."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import nnfs
from nnfs import cli


def trace(capsys, *words):
    """Return what ``nnfs trace`` prints on stdout; the call succeeds."""
    assert cli.main(["trace", *words]) == 0
    return capsys.readouterr().out


def test_a_sample_of_a_run_with_formula_source_and_numbers(backend, pets, capsys):
    printed = trace(capsys, "runs/pets", "--sample", "3")
    assert printed.startswith("runs/pets: sample 3 of pets.csv, class cat;")  # no folder: a page is shown to others
    assert "computed by the NumPy reference\n" in printed
    assert "  the loss is the sum of these terms:\n" in printed
    assert "layer 0: Dense(8)   (nnfs/layers/dense.py:" in printed
    assert "    y[n, k]  = b[k] + sum over d of x[n, d] W[k, d]\n" in printed
    assert "  x (2,)\n    [1. 3.]\n" in printed
    assert "gradient" not in printed
    assert "\nloss " in printed


def test_layers_and_the_way_back(pets, capsys):
    printed = trace(capsys, "runs/pets", "--layers", "1-2", "--backward")
    assert "layer 0:" not in printed
    assert "layer 1: ReLU()" in printed
    assert "layer 2: Dense(2)" in printed
    assert "  gradient of weight (2, 8)\n" in printed
    assert "  gradient of output (2,)\n" in printed


def test_the_numbers_are_those_of_the_library(pets, capsys):
    found = json.loads(trace(capsys, "runs/pets", "--sample", "5", "--backward", "--json"))
    network = nnfs.load("runs/pets/weights.safetensors")
    x = np.float32([found["x"]])
    with nnfs._kernels.use_backend("numpy"):
        explanation = network.explain(x, np.array([1]))
    assert found["outputs"] == explanation.outputs[0].tolist()
    assert found["layers"][0]["weight_gradient"] == explanation.layers["0"].parameter_gradients["weight"].tolist()
    assert found["loss"] == explanation.loss


def test_a_run_that_is_not_done_is_traced_at_its_newest_checkpoint(pets, capsys):
    run = pets.with_name("runs") / "pets"
    trained = trace(capsys, "runs/pets")
    (run / "weights.safetensors").unlink()
    newest = sorted((run / "checkpoints").iterdir())[-1]
    assert cli.main(["trace", "runs/pets"]) == 0
    printed = capsys.readouterr()
    assert printed.out == trained  # the last checkpoint is that after the last step
    told = f"runs/pets is not done; the network is that of its newest checkpoint, {newest.name}, after epoch 20\n"
    assert printed.err == told
    newest.write_bytes(newest.read_bytes()[:-1])
    assert cli.main(["trace", "runs/pets"]) == 0
    printed = capsys.readouterr()
    assert printed.out != trained
    assert f"{newest.name}: " in printed.err
    assert "an earlier checkpoint takes its place" in printed.err


def test_gradients_of_a_batch_are_those_of_the_page(pets, capsys):
    printed = trace(capsys, "runs/pets", "--sample", "2", "--batch", "3", "--backward", "--layers", "0")
    assert "Shown is sample 2; the loss is the mean over these 3 samples." in printed
    assert "Gradients are those of the loss that is the mean over these 3 samples;" in printed
    losses = re.findall(r"(\S+) \(sample (\d)\)", printed)
    assert [number for _, number in losses] == ["2", "3", "4"]
    mean = float(re.search(r"\nloss (\S+), the mean of ", printed)[1])
    assert mean == pytest.approx(np.mean([float(loss) for loss, _ in losses]), rel=1e-4)
    assert "the loss of sample 2 is the sum" in printed
    found = json.loads(trace(capsys, "runs/pets", "--sample", "2", "--batch", "3", "--backward", "--json"))
    network = nnfs.load("runs/pets")
    samples = nnfs.data.read("pets.csv", target="kind").train
    with nnfs._kernels.use_backend("numpy"):
        explanation = network.explain(samples.x[2:5], samples.y[2:5])
    assert found["layers"][0]["bias_gradient"] == explanation.layers["0"].parameter_gradients["bias"].tolist()
    assert found["layers"][0]["output_gradient"] == explanation.layers["0"].output_gradient[0].tolist()


def test_one_number_is_told_in_full(pets, capsys):
    printed = trace(capsys, "runs/pets", "--sample", "3", "--layers", "0", "--number", "2", "--backward")
    network = nnfs.load("runs/pets")
    with nnfs._kernels.use_backend("numpy"):
        samples = nnfs.data.read("pets.csv", target="kind").train
        explanation = network.explain(samples.x[3:4], samples.y[3:4])
    account = explanation.how("0", 2)
    for line in str(account).splitlines():
        assert line in printed
    assert f"layer 0, output[2] = {account.value:.6g}\n" in printed
    assert f"gradient of the loss at layer 0, output[2] = {explanation.how_backward('0', 2).value:.6g}\n" in printed
    assert "finite difference, measured in float64, for comparison: " in printed
    words = ["runs/pets", "--sample", "3", "--layers", "0", "--of", "weight", "--number", "2,1", "--backward", "--json"]
    found = json.loads(trace(capsys, *words))
    assert found["gradient"] == explanation.how_backward("0", (2, 1), of="weight").value
    assert found["how"] == "It is a parameter: training has set it."
    assert "nothing computed it" in trace(capsys, "runs/pets", "--layers", "x", "--number", "1")
    of_input = trace(capsys, "runs/pets", "--layers", "0", "--of", "input", "--number", "1")
    assert "It is the input of the layer" in of_input


def test_a_pass_of_training_and_parts_that_are_always_there(pets, capsys):
    printed = trace(capsys, "runs/pets", "--sample", "38", "--batch", "4", "--training", "--layers", "x,loss")
    assert (
        "samples 38 to 39 of pets.csv, which has 40; computed by the NumPy reference, as in a step of training"
        in printed
    )
    assert "layer 0" not in printed
    assert "\nloss " in printed


def test_large_arrays_are_statistics_and_layers_within_layers_have_names(own_folder, capsys):
    network = nnfs.Sequential([nnfs.Dense(60), nnfs.Residual([nnfs.Dense(60), nnfs.ReLU()]), nnfs.Dense(2)], 3)
    network.loss = "cross_entropy"
    nnfs.save(network, "a.safetensors")
    np.savez("a.npz", x=np.float32([[1, 2, 3]]), y=[1])
    printed = trace(capsys, "a.safetensors", "a.npz", "--layers", "1")
    assert "weight (60, 60): 3,600 numbers from -" in printed
    assert "% are 0" in printed
    assert "layer 1.body.0: Dense(60)" in printed
    assert "layer 2:" not in printed


def test_a_network_by_name(capsys):
    assert "untrained" in trace(capsys, "moons MLP", "--sample", "1", "--backward")


def test_data_without_labels_have_no_gradients(pets, capsys):
    pets.with_name("new.csv").write_text("a,b\n1,3\n")
    assert cli.main(["trace", "runs/pets", "new.csv"]) == 0
    printed = capsys.readouterr()
    assert "no loss and no gradients" in printed.err
    assert "loss" not in printed.out
    assert cli.main(["trace", "runs/pets", "new.csv", "--backward"]) == 2
    assert "leave it out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["runs/pets", "--sample", "40"], 2, "--sample must be a number from 0 to 39, got 40"),
        (["runs/pets", "--layers", "7"], 2, "there is no layer '7'; the layers are 0, 1, 2"),
        (["runs/pets", "--layers", "0-99"], 2, "there is no layer '99'; the layers are 0, 1, 2"),
        (["runs/pets", "--layers", "2-1"], 2, "the range '2-1' is backwards; write 1-2"),
        (["runs/pets", "--layers", "0,"], 2, "a name is missing in '0,', at a comma; the layers are 0, 1, 2"),
        (["runs/pets", "--number", "0"], 2, "name it by --layers: one of x, 0, 1, 2"),
        (["runs/pets", "--layers", "0-1", "--number", "0"], 2, "--number is one of a single layer"),
        (
            ["runs/pets", "--layers", "0", "--number", "0,1"],
            2,
            "one for each axis of (8,), got (0, 1); did you mean --of",
        ),
        (["runs/pets", "--layers", "0", "--number", "8"], 2, "index must be an integer from 0 to 7, got 8"),
        (["runs/pets", "--layers", "0", "--number", "1.5"], 2, "a place of whole numbers, such as 0,4,3; got '1.5'"),
        (["runs/pets", "--layers", "0", "--of", "wait", "--number", "0,1"], 2, "did you mean 'weight'?"),
        (["runs/pets", "--layers", "1", "--of", "weight", "--number", "0"], 2, "since the layer has no parameters"),
        (["runs/pets", "--layers", "loss", "--number", "0"], 2, "how the loss came about is told without --number"),
        (["runs/pets", "--layers", "x", "--of", "bias", "--number", "0"], 2, "x has none"),
        (["runs/pets", "--of", "bias"], 2, "give --number too"),
        (["runs/pets", "digits"], 2, "digits has 10 classes, in samples of shape (1, 8, 8)"),
        (["nothing"], 2, "no network is named 'nothing'"),
        (["runs/nothing"], 4, "No such file"),
    ],
)
def test_mistakes_are_answered_in_one_line(pets, capsys, words, code, message):
    assert cli.main(["trace", *words]) == code
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1


def test_hostile_names_give_no_orders_to_the_terminal(own_folder, capsys):
    network = nnfs.Sequential([nnfs.Dense(2)], 1)
    network.loss = "cross_entropy"
    network.facts = nnfs.Facts(class_names=["\x1b[2Jape", "cat"])
    nnfs.save(network, "a.safetensors")
    np.savez("a.npz", x=np.float32([[1]]), y=[0])
    assert "class \\x1b[2Jape" in trace(capsys, "a.safetensors", "a.npz")


def test_a_broken_network_is_shown(own_folder, capsys):
    network = nnfs.Sequential([nnfs.Dense(2)], 1)
    network.loss = "mean_squared_error"
    network.parameters["0.weight"].value[...] = 3e38
    nnfs.save(network, "a.safetensors")
    np.savez("a.npz", x=np.float32([[1e5]]), y=np.float32([[1, 2]]))
    assert "inf" in trace(capsys, "a.safetensors", "a.npz", "--backward")
    found = json.loads(trace(capsys, "a.safetensors", "a.npz", "--json"))
    assert (found["outputs"], found["loss"]) == ([None, None], None)
