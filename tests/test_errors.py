"""Errors: the text says what is wrong, attributes say where, and both survive pickling, rewording and raising again."""

from __future__ import annotations

import ast
import copy
import functools
import pickle
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs import Conv2D, Dense, Flatten, Sequential, errors

PUBLIC = [
    value
    for name, value in vars(errors).items()
    if isinstance(value, type) and value.__module__ == "nnfs.errors" and not name.startswith("_")
]
PACKAGE = Path(nnfs.__file__).parent
KNOWN_AT_THE_RAISE = {
    "NumericError": {"epoch", "step", "layer", "parameter"},
    "UnsupportedError": {"node", "operator"},
}
"""The attributes that a raise may set; callers further out set all others."""


def attributes_of(error):
    """Return the names of the attributes that a class of errors promises."""
    return [name for owner in error.__mro__ for name in getattr(owner, "__annotations__", {})]


@pytest.mark.parametrize("error", PUBLIC)
def test_the_place_survives_a_change_of_process(error):
    place = {name: f"a {name}" for name in attributes_of(error)}
    made = error("wrong", **place)
    for same in (made, pickle.loads(pickle.dumps(made)), copy.copy(made)):
        assert type(same) is error
        assert str(same) == "wrong"
        assert place.items() <= vars(same).items()


@pytest.mark.parametrize("error", PUBLIC)
def test_a_place_that_is_not_known_is_none(error):
    assert str(error()) == ""
    plain = error("wrong")
    assert plain.args == ("wrong",)
    assert all(getattr(plain, name) is None for name in attributes_of(error))


def test_no_error_takes_an_attribute_that_its_class_does_not_promise():
    with pytest.raises(AssertionError, match="layer"):
        nnfs.FormatError("wrong", layer=1)


def test_a_reworded_error_keeps_its_place():
    with pytest.raises(nnfs.ChecksumError, match=r"^x\.idx: wrong$") as caught, errors.naming("x.idx"):
        raise nnfs.ChecksumError("wrong", node="a", operator="Conv")
    assert vars(caught.value) == {"node": "a", "operator": "Conv", "path": "x.idx"}


@functools.cache
def calls():
    """Return the place of each call in the package, the name of the function, and the node of the call."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", name, node))
    return found


def keywords(call):
    """Return the names of the keywords of a call that are written out."""
    return {keyword.arg for keyword in call.keywords} - {None}


def test_each_error_is_made_of_its_text_and_of_a_place_that_is_known_there():
    names = {error.__name__ for error in PUBLIC}
    made = [(where, name, call) for where, name, call in calls() if name in names]
    assert len(made) > 400
    for where, name, call in made:
        assert len(call.args) == 1, f"{where}: an error takes its text and nothing else: {ast.unparse(call)}"
        given = keywords(call)
        assert given <= KNOWN_AT_THE_RAISE.get(name, set()), f"{where}: {ast.unparse(call)}"
        assert "epoch" not in given or "step" in given, f"{where}: an epoch without its step: {ast.unparse(call)}"


def test_only_errors_themselves_put_the_path_before_a_text_and_into_the_attribute():
    given = [where for where, name, call in calls() if name == "reworded" and "path" in keywords(call)]
    assert [where.split(":")[0] for where in given] == ["errors.py"]


def place(call, *arguments, **options):
    """Return the attributes of the error that a call raises."""
    with pytest.raises(tuple(PUBLIC)) as caught:
        call(*arguments, **options)
    return vars(caught.value)


NET = Sequential([Flatten(), Dense(2)], (1, 4, 4))
X = np.zeros((3, 1, 4, 4), np.float32)


def test_errors_of_arguments_carry_no_attributes():
    assert place(NET.predict, X[:, 0]) == {}
    assert place(NET.predict, X.astype("float64")) == {}
    assert place(Dense, 0) == {}
    assert place(nnfs._kernels.load_backend, "fast") == {}


def test_a_layer_that_does_not_fit_the_one_before_it_is_named_by_its_index():
    assert place(Sequential, [Flatten(), Conv2D(1, 3)], (1, 4, 4)) == {"layer": 1}


def test_numbers_that_are_not_finite_are_placed_in_the_training():
    x = X.copy()
    x[1] = np.nan
    net = Sequential([Flatten(), Dense(2)], (1, 4, 4))
    assert place(net.fit, x, [0, 1, 0], loss="cross_entropy") == {}
    far = {"loss": "l1", "optimizer": nnfs.optimizers.SGD(1e38), "verbose": 0}
    found = place(net.fit, X + 10, np.zeros((3, 2), "float32"), **far)
    assert found == {"epoch": 1, "step": 0, "layer": 1, "parameter": "1.weight"}
    net.load_state_dict({"1.weight": np.full((2, 16), 3e38, "float32"), "1.bias": np.zeros(2, "float32")})
    assert place(net.fit, X + 2, np.zeros((3, 2), "float32"), **far) == {"epoch": 1, "step": 0, "layer": 1}


READERS = {
    "x.idx": nnfs.data.read_idx,
    "x.csv": nnfs.data.read,
    "x.tsv": nnfs.data.read,
    "x.npz": nnfs.data.read,
    "x.jpg": nnfs.data.read,
    "x.safetensors": nnfs.load,
    "weights.safetensors": nnfs.io.load_weights,
    "checkpoint.safetensors": nnfs.io.load_checkpoint,
    "x.onnx": nnfs.io.onnx.load,
    "x.pt": nnfs.load,
}


@pytest.mark.parametrize("name", READERS)
def test_every_reader_names_its_file_in_the_text_and_in_the_attribute(name, tmp_path):
    if name == "x.onnx":
        pytest.importorskip("onnx")
    path = tmp_path / name
    path.write_bytes(b"\0")
    with pytest.raises((nnfs.FormatError, nnfs.UnsupportedError)) as caught:
        READERS[name](path)
    assert vars(caught.value) == {"path": str(path)}
    assert str(caught.value).startswith(f"{path}: ")


def test_folders_are_named_in_the_text_and_in_the_attribute(tmp_path):
    for read in (nnfs.data.read, nnfs.load):
        with pytest.raises(nnfs.FormatError) as caught:
            read(tmp_path)
        assert vars(caught.value) == {"path": str(tmp_path)}
        assert str(caught.value).startswith(f"{tmp_path}: ")


def test_too_little_memory_for_a_file_names_it(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(bytes(1000))
    with (
        pytest.raises(MemoryError, match=r"x\.csv: its 1,000 bytes need more memory than there is$"),
        errors.naming(path),
    ):
        raise MemoryError
    with pytest.raises(MemoryError, match=r"than there is: Unable to allocate 9 GiB$"), errors.naming(path):
        raise MemoryError("Unable to allocate 9 GiB")
