"""Errors keep their facts, whatever happens to them on the way."""

from __future__ import annotations

import copy
import gzip
import pickle

import numpy as np
import pytest

import nnfs
from nnfs import Conv2D, Dense, Flatten, Sequential, errors

ALL = [value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == "nnfs.errors"]
PUBLIC = [error for error in ALL if not error.__name__.startswith("_")]


@pytest.mark.parametrize("error", PUBLIC)
def test_facts_survive_a_change_of_process(error):
    facts = {name: f"a {name}" for owner in error.__mro__ for name in getattr(owner, "__annotations__", {})}
    made = error("wrong", **facts)
    for same in (made, pickle.loads(pickle.dumps(made)), copy.copy(made)):
        assert type(same) is error
        assert str(same) == "wrong"
        assert facts.items() <= vars(same).items()


@pytest.mark.parametrize("error", PUBLIC)
def test_a_fact_that_is_not_known_is_none(error):
    assert str(error()) == ""
    plain = error("wrong")
    assert plain.args == ("wrong",)
    names = [name for owner in error.__mro__ for name in getattr(owner, "__annotations__", {})]
    assert names
    assert all(getattr(plain, name) is None for name in names)


def test_a_reworded_error_keeps_its_facts():
    with pytest.raises(nnfs.ChecksumError, match=r"^x\.idx: wrong$") as caught, errors.naming("x.idx"):
        raise nnfs.ChecksumError("wrong", got="1", wanted="2")
    assert vars(caught.value) == {"got": "1", "wanted": "2", "path": "x.idx"}


def facts(call, *arguments, **options):
    """Return the facts of the error that a call raises."""
    with pytest.raises(tuple(PUBLIC)) as caught:
        call(*arguments, **options)
    return vars(caught.value)


NET = Sequential([Flatten(), Dense(2)], (1, 4, 4))
X = np.zeros((3, 1, 4, 4), np.float32)


def test_facts_of_arrays_and_sizes():
    assert facts(NET.predict, X[:, 0]) == {"argument": "x", "got": (3, 4, 4), "wanted": (None, 1, 4, 4)}
    assert facts(NET.predict, X.astype("float64")) == {"argument": "x", "got": np.float64, "wanted": np.float32}
    found = facts(Dense, 0)
    assert (found["argument"], found["got"]) == ("Dense: units", 0)
    found = facts(Dense, 1.5)
    assert (found["argument"], found["got"]) == ("Dense: units", 1.5)
    assert facts(Sequential, [Flatten(), Conv2D(1, 3)], (1, 4, 4))["layer"] == 1
    assert facts(Sequential, [Dense(1)], 2, dtype="int8")["got"] == "int8"


def test_facts_of_numbers_that_are_not_finite():
    x = X.copy()
    x[1] = np.nan
    net = Sequential([Flatten(), Dense(2)], (1, 4, 4))
    assert facts(net.fit, x, [0, 1, 0], loss="cross_entropy") == {"argument": "x"}
    far = {"loss": "l1", "optimizer": nnfs.optimizers.SGD(1e38), "verbose": 0}
    found = facts(net.fit, X + 10, np.zeros((3, 2), "float32"), **far)
    assert found == {"epoch": 1, "step": 0, "layer": 1, "parameter": "1.weight"}
    net.load_state_dict({"1.weight": np.full((2, 16), 3e38, "float32"), "1.bias": np.zeros(2, "float32")})
    assert facts(net.fit, X + 2, np.zeros((3, 2), "float32"), **far) == {"epoch": 1, "step": 0, "layer": 1}


def test_facts_of_files(tmp_path):
    path = tmp_path / "x.idx"
    path.write_bytes(b"\0\0\x09\x01\0\0\0\x02ab")
    read = nnfs.data.read_idx
    name = str(path)
    assert facts(read, path, dtype="u1") == {"path": name, "offset": 2, "got": np.int8, "wanted": np.uint8}
    assert facts(read, path, shape=(3,)) == {"path": name, "offset": 4, "got": (2,), "wanted": (3,)}
    found = facts(read, path, sha256="0")
    assert (found["path"], len(found["got"]), found["wanted"]) == (name, 64, "0")
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x02ab")[:-9])
    assert facts(read, path) == {"path": name, "offset": path.stat().st_size}

    path.write_bytes(b"\x03\0\0\0\0\0\0\0[ ]")
    assert facts(nnfs.load, path) == {"path": name, "offset": 8, "got": b"[ ]"}
    nnfs.io.save_weights({"a": np.zeros(2, "float32")}, path)
    path.write_bytes(path.read_bytes().replace(b"[0,8]", b"[0,7]"))
    found = facts(nnfs.load, path)
    assert (found["path"], found["field"]) == (name, "a")
    nnfs.save(NET, path)
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    assert facts(nnfs.load, path).keys() == {"path", "got", "wanted"}


def test_facts_of_a_backend():
    found = facts(nnfs._kernels.load_backend, "fast")
    assert found == {"got": "fast", "wanted": ("auto", "numpy", "cython")}


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
