"""Networks are loaded from the folder of a run and from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs.errors import FormatError
from nnfs.io import checkpoints
from nnfs.runs import newest_network, open_network, train


def test_a_run_and_its_files(backend):
    train({"data": "moons", "epochs": 2}, name="a", verbose=0)
    network, settings = open_network("runs/a")
    assert settings["data"] == "moons"
    x = nnfs.data.load("moons").x_test
    for path in ("runs/a/weights.safetensors", max(map(str, Path("runs/a/checkpoints").iterdir()))):
        other, none = open_network(path)
        assert none == {}
        np.testing.assert_array_equal(other.predict(x), network.predict(x))


def test_what_is_no_run():
    Path("a").mkdir()
    with pytest.raises(FormatError, match=r"^a: is no run: .* in it; nothing was begun there, and .* may be removed$"):
        open_network("a")
    Path("a/other").touch()
    with pytest.raises(FormatError, match=r"^a: is no run: there is no config\.json in it$"):
        open_network("a")
    Path("a/config.json").write_text('{"data": "moons"}')
    with pytest.raises(FormatError, match=r"^a: this run is not done; to go on with it: nnfs resume a"):
        open_network("a")
    with pytest.raises(FileNotFoundError):
        open_network("b")


def test_the_newest_checkpoint_is_read_once(monkeypatch):
    train({"data": "moons", "epochs": 1}, name="a", verbose=0)
    Path("runs/a/weights.safetensors").unlink()
    read, paths = checkpoints.read, []

    def counted(path):
        paths.append(path)
        return read(path)

    monkeypatch.setattr(checkpoints, "read", counted)
    newest = newest_network("runs/a")
    assert (newest.epoch, len(paths)) == (1, 1)
    assert newest.network.digest() == nnfs.load(paths[0]).digest()
