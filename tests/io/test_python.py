"""Networks in Python: the file needs NumPy alone, and computes what the network predicts."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys

import numpy as np
import pytest
from source_networks import batch, every_layer

import nnfs
from nnfs import Dense, Flatten, Layer, NumericError, ReLU, Residual, Sequential, UnsupportedError
from nnfs.io import python
from nnfs.io.source import functions

EVIL = ['"""', "'''\nimport os", "a\\", "# \r x", "\u2028\u202e", "*/", "é 猫"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_layer_computes_what_the_network_predicts(tmp_path, dtype):
    net, places = every_layer(dtype)
    python.save(net, tmp_path / "net.py", verbose=False)
    x = batch(net)
    found, wanted = runpy.run_path(str(tmp_path / "net.py"))["predict"](x), net.predict(x)
    assert found.dtype == net.dtype
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    for example, place in places.items():
        np.testing.assert_allclose(found[:, place], wanted[:, place], rtol=tolerance, atol=tolerance, err_msg=example)


def test_it_runs_alone_and_checks_itself(tmp_path):
    path = tmp_path / "net.py"
    python.save(Sequential([Dense(20), ReLU(), Dense(2)], 10), path, verbose=False)
    imported = {
        name.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert imported == {"base64", "math", "sys", "numpy"}
    ran = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout[:5], ran.stderr) == (0, "right", "")
    path.write_text(path.read_text().replace("x @ weight.T", "x @ weight.T + 1"))
    ran = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout[:5]) == (1, "WRONG")


def test_a_value_that_two_layers_read_keeps_a_name(tmp_path):
    python.save(Sequential([Residual([Dense(2), ReLU()]), Flatten()], 2), tmp_path / "net.py", verbose=False)
    text = (tmp_path / "net.py").read_text()
    body = [line.strip() for line in text[text.index("def predict") :].splitlines()[2:12] if "#" not in line]
    assert body[:5] == [
        "x0 = np.asarray(x, NUMBERS)",
        "x = dense(x0, WEIGHTS['0.body.0.weight'], WEIGHTS['0.body.0.bias'])",
        "x = relu(x)",
        "x = add(x, x0)",
        "x = reshape(x, into=(2,))",
    ]


def test_names_cannot_become_code(tmp_path):
    net = Sequential([Dense(len(EVIL))], len(EVIL))
    net.facts = nnfs.Facts(class_names=EVIL, columns=EVIL[::-1], target=EVIL[0])
    python.save(net, tmp_path / "net.py", verbose=False)
    assert (tmp_path / "net.py").read_bytes().isascii()
    assert runpy.run_path(str(tmp_path / "net.py"))["CLASS_NAMES"] == EVIL


def test_weights_are_read_back_exactly(tmp_path):
    net = Sequential([Dense(30), Dense(2)], 9, seed=4)
    net.layers[1].bias.value[...] = 1e-42, -0.0
    python.save(net, tmp_path / "net.py", verbose=False)
    weights = runpy.run_path(str(tmp_path / "net.py"))["WEIGHTS"]
    state = net.state_dict()
    assert weights.keys() == state.keys()
    assert all(weights[name].tobytes() == state[name].tobytes() for name in state)


def test_equal_networks_give_equal_files(backend, tmp_path):
    for name in "ab":
        python.save(Sequential([Dense(30), ReLU(), Dense(2)], 6, seed=1), tmp_path / name, verbose=False)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_it_says_how_large_the_file_is(tmp_path, capsys):
    size = python.save(Sequential([Dense(2)], 3), tmp_path / "net.py")
    assert size == (tmp_path / "net.py").stat().st_size
    assert capsys.readouterr().out == f"{tmp_path / 'net.py'}: {size:,} bytes of Python\n"


class Own(Layer):
    def forward(self, x, ctx):
        return x


def test_what_is_wrong_is_refused_and_the_old_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "net.py"
    path.write_text("old")
    with pytest.raises(UnsupportedError, match=r"layer 1, Own\(\): it cannot be written as C or Python"):
        python.save(Sequential([Dense(2), Own()], 2), path)
    with pytest.raises(ValueError, match=r"the ending .c is that of C"):
        python.save(Sequential([Dense(2)], 2), tmp_path / "net.c")
    monkeypatch.setattr(functions, "dense", lambda x, weight, bias: x @ weight.T + np.nan)
    with pytest.raises(NumericError, match="differs by nan"):
        python.save(Sequential([Dense(2)], 2), path)
    assert path.read_text() == "old"
