"""The verb ``bench``: tables or JSON on stdout, progress on stderr, missing rivals, and bad arguments."""

from __future__ import annotations

import json

import pytest

from nnfs import cli

QUICK = ["--network", "moons MLP", "--rounds", "1", "--seconds", "0.01"]


@pytest.fixture(autouse=True)
def quick_peaks(monkeypatch):
    from nnfs import profiling as bench

    peaks = bench.Peaks(100.0, 50.0, {2**20: 20.0})
    monkeypatch.setattr("nnfs.profiling.measure_peaks", lambda dtype: peaks)


@pytest.fixture
def alone(monkeypatch):
    monkeypatch.setattr("nnfs.profiling.installed_rivals", lambda: {"torch": None, "onnxruntime": None})


def test_three_tables_and_a_line_for_each_missing_rival(backend, alone, capsys):
    assert cli.main(["bench", *QUICK]) == 0
    printed = capsys.readouterr()
    for words in (
        "limits: 100 GFLOP/s on all threads",
        "torch is not measured, because it is not installed: pip install torch",
        "onnxruntime is not measured, because it is not installed: pip install onnx onnxruntime",
        "One training step",
        "Prediction of 64 samples",
        "Prediction of one sample",
        "| moons MLP |",
    ):
        assert words in printed.out, words
    assert printed.err.splitlines() == ["step: moons MLP", "batch: moons MLP", "sample: moons MLP"]


def test_json_is_one_object(alone, capsys):
    assert cli.main(["bench", *QUICK, "--network", "mlp", "--table", "sample", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["machine", "peaks", "sample"]
    assert [row["network"] for row in found["sample"]] == ["moons MLP", "MLP"]
    assert found["sample"][0]["torch"] is None


def test_a_network_is_measured_in_the_tables_that_have_it(alone, capsys):
    assert cli.main(["bench", *QUICK, "--network", "tiny", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    names = {table: [row["network"] for row in found[table]] for table in list(found)[2:]}
    both = ["moons MLP", "tiny"]
    assert names == {"step": ["moons MLP"], "recent": ["tiny"], "batch": both, "sample": both}


def test_pytorch_is_measured_unless_it_is_not_wanted(torch, capsys, monkeypatch):
    monkeypatch.setattr("nnfs.profiling.contestants.get_num_threads", lambda: 1)
    assert cli.main(["bench", *QUICK, "--table", "step", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["machine"]["torch"] == torch.__version__
    assert found["step"][0]["torch_ratio"] > 0
    assert cli.main(["bench", *QUICK, "--table", "step", "--no-torch"]) == 0
    printed = capsys.readouterr().out
    assert "torch/nnfs" not in printed
    assert "torch is not measured" not in printed


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--network", "cnn-9"], "no network is named 'cnn-9'; the names are 'moons MLP'"),
        (
            ["--table", "recent", "--network", "mlp"],
            "--network 'MLP' is not in the table recent; its networks are",
        ),
        (["--rounds", "0"], "--rounds"),
        (["--seconds", "0"], "--seconds must be a finite number > 0, got 0.0"),
        (["--seconds", "nan"], "--seconds must be a finite number > 0, got nan"),
        (["--table", "steps"], "invalid choice: 'steps'"),
    ],
)
def test_bad_arguments_take_one_line(words, line, capsys):
    assert cli.main(["bench", *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert line in printed.err
