"""Architectures in files: each wrong one raises an error of nnfs before much memory is allocated."""

from __future__ import annotations

import json
import pickle
import tracemalloc

import numpy as np
import pytest
import safetensors.numpy

import nnfs
from nnfs import BatchNorm, Dense, FormatError, Layer, Sequential, UnsupportedError
from nnfs.io import architecture

DENSE = {"name": "Dense", "config": {"units": 2**31 - 1}}


def _deep(levels):
    layer = {"name": "ReLU", "config": {}}
    for _ in range(levels):
        layer = _block(body=[layer])
    return layer


def _branch(layer):
    return {"name": "Concat", "config": {"branches": [[layer]]}}


def _block(**config):
    return {"name": "Residual", "config": config}


WRONG_FACTS = [
    ([], "facts: got \\[\\], wanted dict"),
    ({"names": []}, "facts: got .* wanted an object with some of class_names, columns, target"),
    ({"class_names": "ab"}, "class_names must be a list of texts, got 'ab'"),
    ({"class_names": ["a", 1]}, "class_names must be text, got 1"),
    ({"class_names": ["a", "a"]}, "class_names: got 'a' twice"),
    ({"class_names": ["a", "b", "c"]}, r"facts: there are 3 names of classes; the network's outputs \(2,\) are for 2"),
    ({"class_names": {"a": 1}}, "class_names must be a list of texts"),
    ({"columns": ["a", "b"]}, r"facts: there are 2 names of columns; samples have shape \(4,\)"),
    ({"target": 3}, "target must be text, got 3"),
    ({"sample_weight": ["a"]}, "sample_weight must be text"),
    ({"pixels_divided_by": "255"}, "pixels_divided_by must be a number, got '255'"),
    ({"pixels_divided_by": True}, "pixels_divided_by must be a number"),
    ({"pixels_divided_by": 0}, "pixels_divided_by must be a finite number > 0, got 0"),
    ({"metrics": ["magic"]}, "unknown metric 'magic'"),
    ({"metrics": [["accuracy"]]}, "metrics must be text"),
]
"""Wrong facts for a network with input (4,) and 2 outputs, and words of the error."""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format_version": 0}, "format_version: got 0, wanted 1"),
        ({"format_version": True}, "format_version: got True, wanted int"),
        ({"format_version": "1"}, "format_version: got '1', wanted int"),
        ({"nnfs_version": None}, "nnfs_version: got None, wanted str"),
        ({"extra": 1}, "wanted the fields format_version"),
        ({"facts": {}}, "wanted the fields format_version"),
        ({"format_version": 2}, "wanted the fields format_version.*, facts"),
        *(({"format_version": 2, "facts": facts}, words) for facts, words in WRONG_FACTS),
        ({"input_shape": 4}, "input_shape: got 4, wanted list"),
        ({"input_shape": []}, "input_shape"),
        ({"input_shape": [-4]}, "input_shape"),
        ({"input_shape": [4.0]}, "input_shape"),
        ({"input_shape": [True]}, "input_shape"),
        ({"input_shape": [[4]]}, "input_shape"),
        ({"input_shape": [5]}, r"array '0.weight': got shape \(3, 4\), wanted shape \(3, 5\)"),
        ({"input_shape": [4, 2, 2]}, r"layer 0, Dense\(3, initializer='[a-z_]+', bias_initializer='[a-z_]+'\): "),
        ({"input_shape": [2**31 - 1]}, r"array '0.weight'"),
        ({"input_shape": [2**31 - 1] * 9}, "input_shape"),
        ({"dtype": "float64"}, "got float32, wanted float64"),
        ({"dtype": "float16"}, 'dtype must be "float32" or "float64", got'),
        ({"seed": -1}, "seed must be from 0"),
        ({"seed": 2**63}, "seed must be from 0"),
        ({"seed": None}, "seed: got None, wanted int"),
        ({"loss": "huber"}, "loss: got 'huber', wanted dict or NoneType"),
        ({"loss": {"name": "huber"}}, "loss: got .* wanted the fields name, config"),
        ({"loss": {"name": "huber", "config": {"delta": -1}}}, "loss: Huber: delta must be"),
        (
            {"loss": {"name": "huber", "config": {"beta": 1}}},
            "loss: got the argument 'beta', which Huber does not have",
        ),
        ({"loss": {"name": "l1", "config": {"beta": 1}}}, "loss: got the argument 'beta'"),
        ({"layers": []}, "layers must be a list of at least one"),
        ({"layers": {}}, "layers: got {}, wanted list"),
        ({"layers": ["Dense"]}, r"layers\[0\]: got 'Dense', wanted the fields name, config"),
        ({"layers": [{"name": "Dense", "config": []}]}, r"layers\[0\]: config: got \[\], wanted dict"),
        ({"layers": [{"name": "Dense", "config": {}}]}, r"layers\[0\]: .*units"),
        ({"layers": [{"name": "Dense", "config": {"units": 3.0}}]}, r"layers\[0\]: Dense: units must be"),
        ({"layers": [{"name": "Dense", "config": {"units": 3, "lr": 1}}]}, "got the argument 'lr'"),
        ({"layers": [{"name": "Dense", "config": {"units": 3, "self": 1}}]}, "got the argument 'self'"),
        ({"layers": [{"name": "Dense", "config": {"units": 3, "initializer": "evil"}}]}, "unknown initializer 'evil'"),
        (
            {"layers": [{"name": "Dense", "config": {"units": 3, "initializer": []}}]},
            r"layers\[0\]: unknown initializer",
        ),
        ({"layers": [{"name": "Dense", "config": {"units": 2**31 - 1}}]}, r"array '0.weight': got shape \(3, 4\)"),
        ({"layers": [{"name": "Dropout", "config": {"rate": 2}}]}, "Dropout: rate must be"),
        ({"layers": [{"name": "Conv2D", "config": {"filters": 1, "kernel_size": 1}}]}, "Conv2D needs images"),
        ({"layers": [{"same_as": 0}]}, "same_as: got 0, wanted the index of an earlier layer"),
        ({"layers": [{"same_as": -1}]}, "same_as: got -1"),
        ({"layers": [{"same_as": False}]}, "same_as: got False, wanted int"),
        ({"layers": [{"name": "ReLU", "config": {}}]}, "unexpected 0.bias; unexpected 0.weight"),
        ({"layers": [{"name": "BatchNorm", "config": {}}], "input_shape": [2**40]}, "input_shape must be"),
        ({"layers": [{"name": "BatchNorm", "config": {}}], "input_shape": [2**30]}, "array '0.weight': got shape"),
        ({"layers": [{"name": "LayerNorm", "config": {}}], "input_shape": [2**30]}, "array '0.weight': got shape"),
        ({"layers": [_block(body=1)]}, r"layers\[0\]: Residual: body must be a list of layers, got 1"),
        ({"layers": [_block(body=[{"name": "ReLU"}])]}, r"layers\[0\]: Residual: body\[0\] must be a layer"),
        ({"layers": [_block(body=[{"same_as": 0}])]}, r"layers\[0\].body\[0\]: same_as: got 0, wanted the index"),
        ({"layers": [_branch(DENSE)]}, r"array '0.branches.0.0.weight': is missing, wanted shape \(2147483647, 4\)"),
        ({"layers": [_branch(_branch(DENSE))]}, "array '0.branches.0.0.branches.0.0.weight': is missing"),
        ({"layers": [{"name": "Dense", "config": {"units": DENSE}}]}, r"layers\[0\]: Dense: units must be an integer"),
        ({"layers": [{"name": "Dense", "config": {"units": 2, "initializer": DENSE}}]}, "unknown initializer Dense"),
    ],
)
def test_a_wrong_architecture_is_refused(change, words, path, saved, write_again, monkeypatch):
    monkeypatch.setattr("nnfs.arguments.shapes.memory_bytes", lambda: None)  # the result is for any computer
    description, state = saved
    write_again(description | change, state)
    tracemalloc.start()
    with pytest.raises(FormatError, match=words) as caught:
        nnfs.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value).startswith(f"{path}: ")
    assert peak < 2**22


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format_version": 5, "nnfs_version": "9.9"}, "has format 5, written by nnfs '9.9'; this nnfs reads up to 4"),
        (
            {"layers": [{"name": "Lambda", "config": {"code": "x"}}]},
            r"layers\[0\] is 'Lambda', which is no layer of nnfs",
        ),
        ({"layers": [{"name": "Layer", "config": {}}]}, "no layer of nnfs"),
        ({"layers": [{"name": "os.system", "config": {"command": "x"}}]}, "no layer of nnfs"),
        ({"loss": {"name": "own", "config": {}}}, "loss: got 'own', which is none of"),
        (
            {"layers": [{"name": "Concat", "config": {"branches": [[{"name": "Evil", "config": {}}]]}}]},
            r"layers\[0\].branches\[0\]\[0\] is 'Evil', which is no layer of nnfs",
        ),
        # Each block holds the one before it ten times: a short text with more layers than memory can hold.
        (
            {"layers": [{"name": "ReLU", "config": {}}, *(_block(body=[{"same_as": 11 * i}] * 10) for i in range(5))]},
            "10000",
        ),
        ({"layers": [_deep(9)]}, "layers stand 7 deep within each other, at most 6"),
    ],
)
def test_an_error_names_the_unknown_part(change, words, path, saved, write_again):
    write_again(saved[0] | change, saved[1])
    with pytest.raises(UnsupportedError, match=words) as caught:
        nnfs.load(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "1",
        "{}",
        "{",
        '{"format_version": NaN}',
        '{"format_version": 1e999}',
        '{"format_version": 1, "format_version": 1}',
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a": ' + "9" * 10_000 + "}",
        '{"format_version": "\\ud800"}',
        "import os",
        "\x80\x04.",
    ],
)
def test_text_that_is_no_strict_json_is_refused(text, path):
    path.write_bytes(safetensors.numpy.save({"a": np.ones(1)}, {"nnfs": text}))
    with pytest.raises(FormatError, match="nnfs: "):
        nnfs.load(path)


def test_a_shared_layer_with_two_values_is_refused(path, write_again):
    shared = Dense(3)
    nnfs.save(Sequential([shared, shared], 3), path)
    with safetensors.safe_open(path, "np") as file:
        description = json.loads(file.metadata()["nnfs"])
    state = safetensors.numpy.load_file(path)
    state["1.bias"] = state["1.bias"] + 1
    write_again(description, state)
    with pytest.raises(FormatError, match="bias': got other values than under the layer's other name"):
        nnfs.load(path)


@pytest.mark.parametrize("kind", ["missing", "unexpected", "transposed", "float64"])
def test_weights_that_do_not_fit_are_refused(kind, path, saved, write_again):
    description, state = saved
    if kind == "missing":
        del state["2.bias"]
    elif kind == "unexpected":
        state["5.weight"] = np.zeros(1, np.float32)
    elif kind == "transposed":
        state["0.weight"] = np.ascontiguousarray(state["0.weight"].T)
    else:
        state["0.weight"] = state["0.weight"].astype(np.float64)
    write_again(description, state)
    with pytest.raises(FormatError, match=r"2\.bias|5\.weight|0\.weight"):
        nnfs.load(path)


def test_a_pickle_in_an_architecture_is_only_text(path, saved, write_again):
    description, state = saved
    write_again(description | {"nnfs_version": repr(pickle.dumps(print))}, state)
    assert nnfs.load(path).input_shape == (4,)


def test_the_example_in_the_module_is_what_is_written(saved):
    assert list(saved[0]) == [*(name for name in architecture.FIELDS if name != "sha256"), "sha256"]


def test_a_dict_that_reads_like_a_layer_is_not_written(path):
    class Own(Layer):
        def __init__(self, options):
            self.options = options

    assert Own({"name": "x"}).config() == {"options": {"name": "x"}}
    nnfs.save(Sequential([Own({"name": "x"})], 2), path)
    assert nnfs.load(path, layers=[Own]).layers[0].options == {"name": "x"}
    with pytest.raises(UnsupportedError, match=r"layer 0, Own: options is .* which a file would hold for a layer"):
        nnfs.save(Sequential([Own({"name": "ReLU", "config": {}})], 2), path)


def test_a_running_statistic_of_another_dtype_or_value_is_refused(path, write_again):
    norm = BatchNorm()
    nnfs.save(Sequential([norm, norm], 3), path)
    with safetensors.safe_open(path, "np") as file:
        description = json.loads(file.metadata()["nnfs"])
    state = safetensors.numpy.load_file(path)
    assert state["0.num_batches_tracked"].dtype == "int64"
    for change, words in (
        ({"0.num_batches_tracked": np.zeros((), "int32")}, "array '0.num_batches_tracked': got int32, wanted int64"),
        ({"0.running_mean": np.ones(3, "float32")}, "array '0.running_mean': got other values than under"),
        ({"1.running_var": np.ones(4, "float32")}, r"1.running_var has shape \(4,\)"),
    ):
        write_again(description, state | change)
        with pytest.raises(FormatError, match=words):
            nnfs.load(path)
