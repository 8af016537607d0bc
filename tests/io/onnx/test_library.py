"""Without ``onnx``, an error shows how to install it, and the rest of nnfs works."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nnfs
import nnfs.io.onnx
from nnfs.io.onnx import library


def test_an_error_without_onnx_shows_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    network = nnfs.Sequential([nnfs.Dense(1)], 1)
    for call in (
        lambda: nnfs.io.onnx.load(b"model"),
        lambda: nnfs.io.onnx.load(tmp_path / "model.onnx"),
        lambda: nnfs.io.onnx.save(network, tmp_path / "model.onnx"),
    ):
        with pytest.raises(ImportError, match=r'pip install "nnfs-cython\[onnx\]"'):
            call()
    assert not list(tmp_path.iterdir())


def test_onnx_is_imported_on_use():
    code = "import sys, nnfs.io.onnx; assert not {'onnx', 'google.protobuf'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_versions_are_those_of_the_installed_package():
    defs = pytest.importorskip("onnx.defs")
    assert library.newest_opset() == min(library.NEWEST_OPSET, defs.onnx_opset_version())
