"""Files of weights: equal bits after saving and loading, and equal to those of the safetensors library."""

from __future__ import annotations

import io
import os
import pickle

import numpy as np
import pytest
import safetensors.numpy
from effort import times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nnfs
from nnfs import DTypeError, FormatError, NumericError, Sequential
from nnfs.io import load_weights, save_weights
from nnfs.layers import Dense

DTYPES = ["bool", "u1", "i1", "<u2", "<i2", "<f2", "<u4", "<i4", "<f4", "<u8", "<i8", "<f8"]


arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        np.dtype(dtype),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
        elements={"allow_nan": False, "allow_infinity": False} if "f" in dtype else None,
    )
)
names = st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda name: name != "__metadata__")


@settings(max_examples=times(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.dictionaries(names, arrays, max_size=5))
def test_saved_and_loaded_arrays_equal_those_of_the_library(state, path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # tests of atomic.py cover fsync
    save_weights(state, path)
    for loaded in (load_weights(path), safetensors.numpy.load_file(path)):
        assert loaded.keys() == state.keys()
        for name, array in loaded.items():
            np.testing.assert_array_equal(array, state[name], strict=True)


def test_loaded_arrays_belong_to_the_caller(path):
    save_weights({"a": np.ones((2, 3), np.float32), "b": np.ones(())}, path)
    for array in load_weights(path).values():
        assert array.flags.writeable
        assert array.flags.aligned
        assert array.flags.c_contiguous
        array += 1


def test_views_and_other_byte_orders_are_saved_by_their_values(path):
    base = np.arange(12, dtype=np.float32).reshape(3, 4)
    state = {"t": base.T, "step": base[::2, ::-1], "big": base.astype(">f4"), "zero": np.float64(3)}
    save_weights(state, path)
    loaded = load_weights(path)
    for name, array in state.items():
        np.testing.assert_array_equal(loaded[name], array)
    assert loaded["big"].dtype == np.float32
    assert loaded["zero"].shape == ()


def test_loaded_weights_fill_a_network(path):
    network = Sequential([Dense(2)], 3, seed=1)
    save_weights({"0.weight": np.ones((2, 3), np.float32), "0.bias": np.zeros(2, np.float32)}, path)
    network.load_state_dict(load_weights(path))
    np.testing.assert_array_equal(network.predict(np.ones((1, 3), np.float32)), [[3, 3]])


@pytest.mark.parametrize("ending", [".h5", ".keras", ".pt", ".PTH", ".npz", ".onnx"])
def test_the_ending_of_another_format_is_refused_with_the_line_to_write(tmp_path, ending):
    path = tmp_path / f"m{ending}"
    for save in (lambda: save_weights({"a": np.ones(2)}, path), lambda: nnfs.save(Sequential([Dense(2)], 3), path)):
        with pytest.raises(ValueError, match=rf"^.*m\{ending}: .*; write '.*m\.safetensors'$"):
            save()
    assert not list(tmp_path.iterdir())
    save_weights({"a": np.ones(2)}, tmp_path / "m.of-my-own")


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ({"a": np.array([1, np.nan, np.inf])}, NumericError, "a holds 2 of 3 numbers that are not finite"),
        ({"a": np.array([None])}, DTypeError, "a must be an array of bool, uint8.*object"),
        ({"a": np.zeros(2, complex)}, DTypeError, "complex128"),
        ({"a": "text"}, DTypeError, "a must be an array"),
        ({"a": np.zeros(2, "M8[s]")}, DTypeError, "a must be an array"),
        ({"a": np.ma.zeros(2)}, DTypeError, "MaskedArray"),
        ({1: np.zeros(2)}, DTypeError, "names of weights must be texts, got 1"),
        ({"__metadata__": np.zeros(2)}, ValueError, "__metadata__"),
        ({"\ud800": np.zeros(2)}, ValueError, "surrogates"),
        ([np.zeros(2)], DTypeError, "weights must be a dict"),
    ],
)
def test_wrong_weights_are_not_saved(state, error, words, path):
    path.write_bytes(b"old")
    with pytest.raises(error, match=words):
        save_weights(state, path)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


class Canary:
    ran = False

    def __reduce__(self):
        return setattr, (Canary, "ran", True)


def other_formats():
    npz, npy = io.BytesIO(), io.BytesIO()
    np.savez(npz, weight=np.ones(3))
    np.save(npy, np.array([Canary()], dtype=object), allow_pickle=True)
    files = {f"pickle {protocol}": pickle.dumps(Canary(), protocol) for protocol in range(6)}
    return files | {
        "npz": npz.getvalue(),
        "npy": npy.getvalue(),
        "npz with a pickle": npz.getvalue() + pickle.dumps(Canary()),
        "text": b"weights = [1, 2, 3]\n",
        "HTML": b"<!DOCTYPE html><html><body>404</body></html>",
        "git lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
        "zeros": bytes(1000),
    }


@pytest.mark.parametrize("name", other_formats())
def test_other_formats_are_refused_and_never_run(name, path):
    path.write_bytes(other_formats()[name])
    with pytest.raises(FormatError, match=r"file\.safetensors: "):
        load_weights(path)
    assert not Canary.ran


def test_an_error_names_the_other_format(path):
    path.write_bytes(other_formats()["npz"])
    with pytest.raises(FormatError, match="this is a zip archive"):
        load_weights(path)


def test_a_path_that_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(FormatError, match="not a regular file"):
            load_weights(path)
    with pytest.raises(FileNotFoundError):
        load_weights(tmp_path / "missing")
    with pytest.raises(TypeError, match="PathLike"):
        load_weights(0)


def test_an_error_for_a_folder_names_the_file_in_it(tmp_path):
    file = tmp_path / "weights.safetensors"
    file.touch()
    with pytest.raises(FormatError) as error:
        load_weights(tmp_path)
    assert str(error.value) == f"{tmp_path}: not a regular file; did you mean {file}?"


def test_a_file_cut_while_it_is_read_is_refused(path, monkeypatch):
    save_weights({"a": np.ones(10)}, path)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-8])
    monkeypatch.setattr("nnfs.io.weights.os.fstat", lambda handle: os.stat_result([0] * 6 + [size] + [0] * 3))
    with pytest.raises(FormatError, match="array 'a': got 72 bytes of data, wanted 80"):
        load_weights(path)
