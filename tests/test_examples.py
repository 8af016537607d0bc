"""The examples run on few images, each in a process of its own."""

from __future__ import annotations

import http.client
import importlib.util
import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs.data import find_fashion_mnist
from nnfs.network.preprocessing import Column, Preprocessing

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NAMES = ["digits.py", "fashion_mnist.py", "fashion_mnist_torch.py"]
"""The long trainings, which take one set of options."""
RECIPES = {
    "table.py": (["--epochs", "2"], [], r"mean error \d+\.\d{3}; always to say the median: 1\.\d{3}\n"),
    "image_folders.py": (["--epochs", "1", "--limit", "30"], ["PIL"], r"accuracy 0\.\d{3} on 30 images\n(\S.*\n){5}"),
    "chirps.py": (
        ["--epochs", "1", "--samples", "100"],
        [],
        r"linear +387 weights, accuracy 0\.\d{3}\nconvolutions +11,371 weights, accuracy 0\.\d{3}\n",
    ),
    "ensemble.py": (["--networks", "2", "--epochs", "2"], [], r"all together: accuracy 0\.\d{3}\nthey agree on "),
    "optuna_pruning.py": (
        ["--trials", "2", "--epochs", "2"],
        ["optuna"],
        r"0 of 2 trials pruned\nvalidation accuracy 0",
    ),
    "int8_onnxruntime.py": (
        ["--epochs", "1"],
        ["onnx", "onnxruntime"],
        r"float32  \d\d,\d{3} bytes, accuracy 0\.\d{3}\nint8     \d\d,\d{3} bytes, accuracy 0",
    ),
    "digits_in_c.py": (
        ["--epochs", "1"],
        [],
        r"bytes for a pass: accuracy 0\.\d{3}\nnnfs gives the same class for 100\.0% of the images\n",
    ),
}
"""Options for a small run, the packages that a recipe needs, and what it prints."""


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs_small(name, tmp_path):
    options, packages, printed = RECIPES[name]
    for package in packages:
        pytest.importorskip(package)
    if name == "digits_in_c.py" and shutil.which("cc") is None:
        pytest.skip("needs a compiler of C")
    run = subprocess.run(
        [sys.executable, EXAMPLES / name, *options], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    assert re.search(printed, run.stdout), run.stdout
    assert list(tmp_path.iterdir()) == []


def test_all_examples_are_run_and_stand_in_the_gallery():
    names = sorted(path.name for path in EXAMPLES.glob("*.py"))
    assert names == sorted([*NAMES, *RECIPES, "http_service.py"])
    gallery = (EXAMPLES.parent / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[`(\w+\.py)`\]\(\.\./examples/\1\) \|", gallery, re.MULTILINE) == [
        *["digits.py", "fashion_mnist.py", "fashion_mnist_torch.py"],
        *["table.py", "image_folders.py", "chirps.py", "ensemble.py", "optuna_pruning.py", "int8_onnxruntime.py"],
        *["digits_in_c.py", "http_service.py"],
    ]


@pytest.fixture(params=["cross_entropy"])
def service(tmp_path, request):
    """Return the address of a running service with an untrained network for pairs of numbers, or for a raw table."""
    net = nnfs.NeuralNetwork(2, [4], 3)
    if request.param == "mean_squared_error":
        net.facts = nnfs.Facts(preprocessing=Preprocessing((Column("town", ("Oslo", "Rome")),)))
    y = np.zeros(8, int) if request.param == "cross_entropy" else np.zeros((8, 3), "float32")
    net.fit(np.zeros((8, 2), "float32"), y, loss=request.param, verbose=0)
    nnfs.save(net, tmp_path / "net.safetensors")
    command = [sys.executable, EXAMPLES / "http_service.py", tmp_path / "net.safetensors", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        yield re.fullmatch(r"listening on http://(127.0.0.1:\d+)/predict\n", process.stdout.readline())[1]
        process.terminate()


def ask(address, body, path="/predict", method="POST", **headers):
    """Send a request, and return the code and the answer."""
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_the_service_answers_and_refuses_what_is_wrong(service):
    code, answer = ask(service, json.dumps({"x": [[0.5, -1], [2, 3]]}))
    assert code == 200
    assert len(answer["classes"]) == 2
    assert set(answer["classes"]) <= {"0", "1", "2"}
    assert np.allclose(np.sum(answer["probabilities"], axis=1), 1)
    for body, why in (
        ("{", "Expecting"),
        ("[]", "a request is an object with x"),
        ('{"y": 1}', "x"),
        ('{"x": [[1, 2, 3]]}', "shape"),
        ('{"x": [["a", "b"]]}', "could not convert"),
        ('{"x": [[1, 2], [3]]}', "inhomogeneous"),
        ('{"x": [[NaN, 1e400]]}', "finite"),
        ("[" * 100_000, "recursion"),
    ):
        code, answer = ask(service, body)
        assert code == 400
        assert why in answer["error"]
        assert answer["send"] == {"x": [[0, 0]]}
    assert ask(service, "", method="GET") == (
        200,
        {"use": "POST JSON to /predict", "send": {"x": [[0, 0]]}, "shape of a sample": [2]},
    )
    assert ask(service, "", method="PUT")[0] == 501
    assert ask(service, "{}", path="/other")[0] == 404
    assert ask(service, "", **{"Content-Length": "2000000"})[0] == 413
    assert ask(service, "", **{"Content-Length": "9" * 5000})[0] == 413
    assert ask(service, "", **{"Content-Length": "-1"})[0] == 411
    assert ask(service, json.dumps({"x": [[0.5, -1]]}))[0] == 200


@pytest.mark.parametrize("service", ["mean_squared_error"], indirect=True)
def test_the_service_takes_rows_of_a_raw_table_and_answers_with_numbers(service):
    wanted = ask(service, '{"x": [["Rome"], ["Oslo"]]}')
    assert wanted[0] == 200
    assert np.shape(wanted[1]["numbers"]) == (2, 3)
    assert ask(service, '{"x": [{"town": "Rome"}, {"town": "Oslo", "age": 3}]}') == wanted
    assert ask(service, '{"x": [[0, 1], [1, 0]]}') == wanted
    assert "unknown to the training (1 of 1: 'Bergen')" in ask(service, '{"x": {"town": "Bergen"}}')[1]["notes"][0]
    for body, why in (('{"x": [{"twon": "Rome"}]}', "sample 0 has no 'town'"), ('{"x": [["Rome", 1]]}', "convert")):
        code, answer = ask(service, body)
        assert (code, answer["columns"], answer["send"]) == (400, ["town"], {"x": [{"town": "Oslo"}]})
        assert why in answer["error"]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs_small(name, tmp_path):
    if "torch" in name:
        pytest.importorskip("torch")
    if name.startswith("fashion_mnist") and find_fashion_mnist() is None:
        pytest.skip("Fashion-MNIST is not on this computer")
    command = [sys.executable, "-W", "error", EXAMPLES / name, "--epochs", "1", "--limit", "20", "--seed", "1"]
    command += ["--threads", "1"] if "torch" in name else []
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    accuracy = re.search(r"^test accuracy (\d+\.\d\d)%", run.stdout, re.MULTILINE)
    assert accuracy is not None, run.stdout
    assert 0 <= float(accuracy[1]) <= 100
    assert "epoch 1/1: loss " in run.stdout + run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_example_refuses_counts_that_cannot_be(name, monkeypatch, capsys):
    if "torch" in name:
        pytest.importorskip("torch")
    main = runpy.run_path(str(EXAMPLES / name))["main"]
    options = re.findall(r'"(--\w+)", type=count', (EXAMPLES / name).read_text(encoding="utf-8"))
    assert {"--epochs", "--limit"} <= set(options)
    for option in options:
        for value in ("0", "-3"):
            monkeypatch.setattr(sys, "argv", [name, option, value])
            with pytest.raises(SystemExit) as leave:
                main()
            assert leave.value.code == 2
            line = f"{name}: error: argument {option}: got {value}, wanted a whole number from 1\n"
            assert capsys.readouterr().err.endswith(line)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["-1", str(2**32), "x"])
def test_an_example_refuses_seeds_that_cannot_be(name, value, monkeypatch, capsys):
    if "torch" in name:
        pytest.importorskip("torch")
    main = runpy.run_path(str(EXAMPLES / name))["main"]
    monkeypatch.setattr(sys, "argv", [name, "--seed", value])
    with pytest.raises(SystemExit) as leave:
        main()
    assert leave.value.code == 2
    what = "invalid seed value: 'x'" if value == "x" else f"got {value}, wanted a whole number from 0 to 4294967295"
    assert capsys.readouterr().err.endswith(f"{name}: error: argument --seed: {what}\n")


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_an_example_explains_itself(name):
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert f"    python examples/{name}" in text
    assert len(text.splitlines()) < 170


def test_the_rival_moves_images_as_nnfs_does(torch):
    """Each image that the example in PyTorch augments is one that Flip and Shift can make."""
    spec = importlib.util.spec_from_file_location("fashion_mnist_torch", EXAMPLES / "fashion_mnist_torch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    x = torch.arange(1.0, 31).reshape(1, 1, 5, 6)
    seen = {tuple(image.flatten().tolist()) for image in module.augment(x.repeat(2000, 1, 1, 1), pixels=1)}
    possible = {
        tuple(torch.nn.functional.pad(image, [1] * 4)[:, :, i : i + 5, j : j + 6].flatten().tolist())
        for image in (x, x.flip(3))
        for i in range(3)
        for j in range(3)
    }
    assert seen == possible


def test_the_digits_are_bent_as_a_plain_loop_says():
    spec = importlib.util.spec_from_file_location("digits", EXAMPLES / "digits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x = np.random.default_rng(0).random((3, 1, 8, 8))
    bent = module.bend(x, np.random.default_rng(1))
    pulls = np.random.default_rng(1).normal(0, 0.6, (3, 2, 3, 3))
    padded = np.pad(x, ((0, 0), (0, 0), (20, 20), (20, 20)))

    def between(table, i, j):
        top, left = int(i // 1), int(j // 1)
        below, beside = i - top, j - left
        return sum(
            weight * table[top + down, left + right]
            for down, right, weight in (
                (0, 0, (1 - below) * (1 - beside)),
                (1, 0, below * (1 - beside)),
                (0, 1, (1 - below) * beside),
                (1, 1, below * beside),
            )
            if weight
        )

    for n in range(3):
        for p in range(8):
            for q in range(8):
                down, right = (between(pulls[n, axis], p * 2 / 7, q * 2 / 7) for axis in (0, 1))
                expected = between(padded[n, 0], p + down + 20, q + right + 20)
                np.testing.assert_allclose(bent[n, 0, p, q], expected, atol=1e-12)


@pytest.mark.parametrize("service", ["mean_squared_error"], indirect=True)
def test_the_service_answers_with_the_numbers_of_a_network_that_predicts_them(service):
    code, answer = ask(service, json.dumps({"x": [[0.5, -1], [2, 3]]}))
    assert (code, list(answer)) == (200, ["numbers"])
    assert np.shape(answer["numbers"]) == (2, 3)
