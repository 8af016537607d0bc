"""The verb ``export``: the exported file holds an equal network."""

from __future__ import annotations

import runpy
import subprocess
import sys

import numpy as np
import pytest

import nnfs
from nnfs import cli

X = np.array([[1, 3], [0, 2]], np.float32)


def test_to_safetensors(backend, pets, capsys):
    assert cli.main(["export", "runs/pets", "out.safetensors"]) == 0
    assert capsys.readouterr() == ("", "")
    wanted = nnfs.load("runs/pets/weights.safetensors").predict(X)
    np.testing.assert_array_equal(nnfs.load("out.safetensors").predict(X), wanted)


def test_to_onnx(pets, capsys):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    assert cli.main(["export", "runs/pets", "out.onnx"]) == 0
    session = runtime.InferenceSession("out.onnx", providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: X})[0]
    wanted = nnfs.load("runs/pets/weights.safetensors").predict(X)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_says_what_to_install(pets, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert cli.main(["export", "runs/pets", "out.onnx"]) == 3
    assert 'pip install "nnfs-cython[onnx]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["runs/pets"], 2, "the following arguments are required: OUT"),
        (["runs/pets", "out.pt"], 2, "out.pt: got .pt, wanted .onnx, .safetensors, .c, .py"),
        (["runs/none", "out.onnx"], 4, "runs/none: No such file or directory"),
        (["runs/pets", "none/out.safetensors"], 4, "none/out.safetensors: No such file or directory"),
    ],
)
def test_a_mistake_takes_one_line(words, code, line, pets, capsys):
    assert cli.main(["export", *words]) == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert line in printed.err


def test_a_process(pets):
    command = [sys.executable, "-m", "nnfs", "export", "runs/pets", "out.safetensors"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_to_c_and_python_with_the_names_of_the_run(pets, capsys):
    assert cli.main(["export", "runs/pets", "out.c"]) == cli.main(["export", "runs/pets", "out.py"]) == 0
    assert "out.c: " in capsys.readouterr().out
    for name in ("out.c", "out.py"):
        comment = (pets.parent / name).read_text().partition("import")[0].partition("*/")[0]
        assert "'ape' 1 = 'cat'" in comment
        assert "The columns of x are, in this order: 'a' 'b'" in comment
    wanted = nnfs.load("runs/pets").predict(X)
    np.testing.assert_allclose(runpy.run_path("out.py")["predict"](X), wanted, rtol=1e-5, atol=1e-6)


def test_of_a_raw_table_it_is_told_which_numbers_the_file_takes(own_folder, capsys):
    own_folder.joinpath("a.csv").write_text("town,age,kind\nOslo,1,a\nRome,2,b\nOslo,3,a\nRome,4,b\n")
    assert cli.main(["train", "a.csv", "--epochs", "1", "--name", "a", "--verbose", "0"]) == 0
    capsys.readouterr()
    pytest.importorskip("onnx")
    assert cli.main(["export", "runs/a", "a.onnx"]) == 0
    told = capsys.readouterr().err
    assert told.startswith("a.onnx: takes 3 numbers, made of the table as")
    assert told.endswith(": town=Oslo, town=Rome, age\n")
    for name in ("a.safetensors", "a.c", "a.py"):
        assert cli.main(["export", "runs/a", name]) == 0
        assert capsys.readouterr().err == ""


def test_a_file_that_exists_stays_as_it_is_unless_it_is_asked_for(pets, capsys):
    out = pets.parent / "out.py"
    out.write_text("mine")
    assert cli.main(["export", "runs/pets", "out.py"]) == 4
    assert "out.py exists already and stays as it is. Try: another name, or --overwrite" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert cli.main(["export", "runs/pets", "out.py", "--overwrite"]) == 0
    assert out.read_text() != "mine"
