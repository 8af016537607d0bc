"""Every reader refuses files of other programs, some of which (pickles) could run code in a trusting reader."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
import zlib

import numpy as np
import pytest

import nnfs
from nnfs import FormatError, UnsupportedError, data
from nnfs.io import load_checkpoint, load_weights


class Canary:
    ran = False

    def __reduce__(self):
        return setattr, (Canary, "ran", True)


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_pkl", ".pkl").replace("_npy", ".npy"), content)
    return file.getvalue()


def npy_of_objects():
    file = io.BytesIO()
    np.save(file, np.array([Canary()], dtype=object), allow_pickle=True)
    return file.getvalue()


FILES = {
    **{f"pickle of protocol {protocol}": pickle.dumps(Canary(), protocol) for protocol in range(6)},
    "npy of objects": npy_of_objects(),
    "npz of objects": zipped(x_npy=npy_of_objects(), y_npy=npy_of_objects()),
    "PyTorch's archive": zipped(archive__data_pkl=pickle.dumps(Canary(), 2), archive__version=b"3"),
    "PyTorch's old form": pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps(Canary(), 2),
    "joblib, compressed": zlib.compress(pickle.dumps(Canary())),
    "gzip of a pickle": gzip.compress(pickle.dumps(Canary())),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
}


def read_onnx(path):
    pytest.importorskip("onnx")
    import nnfs.io.onnx

    return nnfs.io.onnx.load(path)


READERS = {
    "nnfs.load": (nnfs.load, "net.safetensors"),
    "load_weights": (load_weights, "net.safetensors"),
    "load_checkpoint": (load_checkpoint, "checkpoint-000000000001.safetensors"),
    "onnx.load": (read_onnx, "net.onnx"),
    "read_idx": (data.read_idx, "images.idx"),
    "read of .npz": (data.read, "samples.npz"),
    "read of .csv": (data.read, "samples.csv"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("file", FILES)
def test_a_file_of_another_program_is_refused_and_never_run(reader, file, tmp_path):
    read, name = READERS[reader]
    path = tmp_path / name
    path.write_bytes(FILES[file])
    with pytest.raises((FormatError, UnsupportedError)) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert not Canary.ran


@pytest.mark.parametrize("file", ["pickle of protocol 5", "npy of objects"])
def test_the_canary_would_run(file):
    content = FILES[file]
    try:
        np.load(io.BytesIO(content), allow_pickle=True)
        assert Canary.ran
    finally:
        Canary.ran = False
