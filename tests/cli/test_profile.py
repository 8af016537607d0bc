"""The verb ``profile``: networks by name and by file, tables and JSON, bad arguments."""

from __future__ import annotations

import json

import pytest

import nnfs
from nnfs import cli


@pytest.fixture(autouse=True)
def quick_peaks(monkeypatch):
    from nnfs import profiling as bench

    peaks = bench.Peaks(100.0, 50.0, {2**20: 20.0})
    monkeypatch.setattr("nnfs.profiling.measure_peaks", lambda dtype: peaks)


def run_json(capsys, *words):
    assert cli.main(["profile", *words, "--seconds", "0.01", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_table(backend, capsys):
    assert cli.main(["profile", "cnn-2", "--seconds", "0.01", "--batch-size", "8"]) == 0
    printed = capsys.readouterr()
    for words in (
        "limits: 100 GFLOP/s",
        "cnn-2: a training step of 8 samples, float32",
        "| 0-2 Conv2D(1, 3) + ReLU() + MaxPool2D(2) |  backward |",
        "| in no node ",
        "of step: microseconds",
    ):
        assert words in printed.out, words
    assert printed.err == ""


def test_json_is_one_object(capsys):
    found = run_json(capsys, "Moons MLP")
    assert list(found) == [
        "machine", "peaks", "batch_size", "nodes", "step_microseconds", "overhead_microseconds"
    ]  # fmt: skip
    assert found["batch_size"] == 32
    assert len(found["nodes"]) == 6


def test_layer_by_layer(capsys):
    assert [row["layers"] for row in run_json(capsys, "moons MLP", "--no-fuse")["nodes"]][:2] == [
        "0 Dense(16)",
        "1 ReLU()",
    ]


@pytest.mark.parametrize("loss", [None, "cross_entropy"])
def test_a_saved_network(loss, tmp_path, capsys):
    network = nnfs.NeuralNetwork(3, [4], 2, dtype="float64")
    if loss:
        network.loss = nnfs.losses.get_loss(loss)
    nnfs.save(network, tmp_path / "net.safetensors")
    found = run_json(capsys, str(tmp_path / "net.safetensors"), "--batch-size", "5")
    assert found["nodes"][0]["operations"] == 2 * 5 * 3 * 4
    assert found["nodes"][0]["bytes"] == 8 * (5 * 3 + 5 * 4 + 3 * 4 + 4)


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["cnn-9"], 2, "no network is named 'cnn-9'"),
        (["no/such.safetensors"], 4, "no/such.safetensors: No such file or directory"),
        (["no/such"], 4, "no/such: No such file or directory"),
        (["a.onnx"], 3, "a.onnx: got .onnx, wanted the folder of a run or a .safetensors file of nnfs"),
        (["a.pt"], 3, "a.pt: got .pt, wanted the folder of a run or a .safetensors file of nnfs. Try: "),
        (["MLP", "--batch-size", "0"], 2, "--batch-size"),
        (["MLP", "--seconds", "-1"], 2, "--seconds must be a finite number > 0, got -1.0"),
        ([], 2, "the following arguments are required: NET"),
    ],
)
def test_bad_arguments_take_one_line(words, code, line, capsys, own_folder):
    for name in ("a.onnx", "a.pt"):
        (own_folder / name).touch()
    assert cli.main(["profile", *words]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert line in printed.err


def test_a_broken_file_is_bad_data(tmp_path, capsys):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"nothing")
    assert cli.main(["profile", str(path)]) == 3
    assert str(path) in capsys.readouterr().err
