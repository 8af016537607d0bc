"""Networks in Python: the file needs NumPy alone, and computes what the network predicts."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys

import numpy as np
import pytest
from source_networks import batch, every_layer, on_a_table

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
        "x0 = as_batch(x, (2,))",
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


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_raw_rows_of_a_table_become_numbers_as_in_nnfs(tmp_path):
    pandas = pytest.importorskip("pandas")
    net, rows, x = on_a_table()
    python.save(net, tmp_path / "net.py", verbose=False)
    model = runpy.run_path(str(tmp_path / "net.py"))
    np.testing.assert_array_equal(model["encode"](rows), x, strict=True)
    names = net.facts.preprocessing.names
    np.testing.assert_array_equal(model["encode"]([dict(zip(names, row, strict=True)) for row in rows]), x)
    frame = pandas.DataFrame(rows, columns=names).assign(age=[1.5, np.nan, -300, np.nan, 4], member=x[:, -1])
    found = model["predict_rows"](frame.to_dict("records"))
    np.testing.assert_allclose(found, net.predict(frame), rtol=1e-5, atol=1e-5)
    assert model["predict_rows"]([]).shape == (0, 3)


def test_a_text_that_the_training_has_not_seen_gives_a_warning(tmp_path):
    python.save(on_a_table()[0], tmp_path / "net.py", verbose=False)
    model = runpy.run_path(str(tmp_path / "net.py"))
    with pytest.warns(UserWarning, match="column 'town': 'Bern' is unknown to the training"):
        model["predict_rows"]([["Bern", 1, 2]])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["Oslo", 1], "a row must have 3 values, town, age, member; got 2"),
        ({"town": "Oslo", "sex": 1}, "there is no column 'age'; the row has town, sex"),
        (["Oslo", "1,5", True], "column 'age': got '1,5', wanted a finite number"),
        (["Oslo", 1e999, True], "column 'age': got inf, wanted a finite number"),
        ("town", r"a row must be a dict or a list, got 'town'; of a DataFrame: frame.to_dict\('records'\)"),
        (["Oslo", None, True], "column 'age': got nothing, wanted a number"),
        (["?", 1, True], "column 'town': got nothing, wanted a text"),
    ],
)
def test_a_wrong_row_is_an_error_that_names_the_column(row, words, tmp_path):
    python.save(on_a_table(missing=None)[0], tmp_path / "net.py", verbose=False)
    with pytest.raises(ValueError, match=words):
        runpy.run_path(str(tmp_path / "net.py"))["predict_rows"]([row])


@pytest.mark.parametrize("x", [[[1.0, 2.0]], [1.0, 2.0, 3.0], 1.0])
def test_a_batch_of_another_shape_is_an_error(x, tmp_path):
    python.save(Sequential([Dense(2)], 3), tmp_path / "net.py", verbose=False)
    with pytest.raises(ValueError, match=r"x must be a batch of shape \('N', 3\), got"):
        runpy.run_path(str(tmp_path / "net.py"))["predict"](x)
