"""A network from a file may make arrays of a limited size, which depends on the sample and the file's weights."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nnfs.io.onnx
from nnfs import (
    AvgPool2D,
    Concat,
    Conv2D,
    Dense,
    Flatten,
    FormatError,
    GlobalMaxPool2D,
    MaxPool2D,
    Padding2D,
    ReLU,
    Residual,
    Sequential,
    Tanh,
    Upsample2D,
)
from nnfs.io.architecture import digest_of
from nnfs.io.weights import write
from nnfs.system import memory

SIDE = 2**7
"""An image with this side takes 64 KiB; in these tests a file may make 48 KiB from one pixel."""
CASES = {
    "an image": [Upsample2D(SIDE)],
    "a border": [Padding2D(SIDE // 2)],
    "a row and a column": [Upsample2D((SIDE, 1)), Upsample2D((1, SIDE))],
    "the border of a pool": [MaxPool2D(SIDE, padding=SIDE // 2)],
    "the border of another pool": [AvgPool2D(SIDE, padding=SIDE // 2)],
    "many small ones": [Upsample2D(SIDE // 4), *(Tanh() for _ in range(15))],
    "many in a branch": [Upsample2D(SIDE // 4), Residual([Tanh() for _ in range(15)])],
    "many beside each other": [Concat([[Upsample2D(SIDE // 4)] for _ in range(8)])],
}


def write_network(path, layers):
    """Write the file of a network without building its layers, which would take memory."""
    from nnfs.io.architecture.description import _Writer

    text = {
        "format_version": 1,
        "nnfs_version": nnfs.__version__,
        "input_shape": [1, 1, 1],
        "dtype": "float32",
        "seed": 0,
        "loss": None,
        "layers": _Writer().describe([*layers, GlobalMaxPool2D()]),
    }
    write({}, {"nnfs": json.dumps(text | {"sha256": digest_of(text, {})})}, path)


@pytest.mark.parametrize("name", CASES)
def test_a_small_file_that_makes_a_huge_image_of_a_pixel_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(memory, "SMALL", 3 * 2**14)
    monkeypatch.setattr(memory, "LARGEST_RATIO", 1)
    write_network(tmp_path / "n.safetensors", CASES[name])
    with pytest.raises(FormatError, match=r"n\.safetensors: the arrays that its layers make of one sample would take"):
        nnfs.load(tmp_path / "n.safetensors")


def test_an_upsampling_by_16000_is_refused(tmp_path):
    write_network(tmp_path / "n.safetensors", [Upsample2D(16000)])
    with pytest.raises(FormatError, match=r"would take 1,024,\S* bytes, wanted at most 268,435,456 for 4 bytes"):
        nnfs.load(tmp_path / "n.safetensors")


def test_larger_samples_and_weights_allow_larger_arrays(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "SMALL", 0)
    network = Sequential([Conv2D(8, 3, padding="same"), ReLU(), MaxPool2D(2), Flatten(), Dense(3)], (1, 8, 8))
    nnfs.save(network, tmp_path / "n.safetensors")
    assert np.array_equal(nnfs.load(tmp_path / "n.safetensors").vector.value, network.vector.value)


def test_a_graph_that_makes_a_huge_image_of_a_pixel_is_refused(tmp_path):
    pytest.importorskip("onnx")
    graph = [Upsample2D(2), Upsample2D(2), GlobalMaxPool2D()]
    nnfs.io.onnx.save(Sequential(graph, (1, 2, 2)), tmp_path / "n.onnx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "SMALL", 100)
        patch.setattr(memory, "LARGEST_RATIO", 1)
        with pytest.raises(FormatError, match="its layers make of one sample would take 324 bytes, wanted at most 1"):
            nnfs.io.onnx.load(tmp_path / "n.onnx").to_network()
