"""Fixtures for tests of files: a small saved network, and files with any contents and the right digest."""

from __future__ import annotations

import json

import pytest
import safetensors.numpy

import nnfs
from nnfs import Dense, ReLU, Sequential
from nnfs.io import architecture


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.safetensors"


@pytest.fixture
def saved(path):
    """Save a small network, and return the contents of its file: the architecture and the arrays."""
    nnfs.save(Sequential([Dense(3), ReLU(), Dense(2)], 4, seed=7), path)
    with safetensors.safe_open(path, "np") as file:
        return json.loads(file.metadata()["nnfs"]), safetensors.numpy.load_file(path)


@pytest.fixture
def write_again(path):
    """Return a function that writes a file with any architecture and the right digest."""

    def write(description, state):
        description = {name: value for name, value in description.items() if name != "sha256"}
        digest = architecture.digest_of(description, state)
        text = json.dumps(description | {"sha256": digest})
        path.write_bytes(safetensors.numpy.save(state, {"nnfs": text}))

    return write
