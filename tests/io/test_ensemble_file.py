"""The file of an ensemble: damaged names and texts are refused, and verbs say what to write."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nnfs
from nnfs import cli
from nnfs.errors import ChecksumError, FormatError
from nnfs.io.weights import read, write

ENSEMBLE = nnfs.Ensemble(nnfs.NeuralNetwork(2, [4], 2), 2)


def changed(tmp_path, change):
    """Return the path of a file of an ensemble, whose arrays and texts ``change`` has changed."""
    path = tmp_path / "two.safetensors"
    nnfs.save(ENSEMBLE, path)
    arrays, metadata = read(path)
    texts = json.loads(metadata["ensemble"])
    texts = change(arrays, texts) or texts
    write(arrays, {"ensemble": json.dumps(texts)}, path)
    return path


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda arrays, texts: texts.pop() and None, FormatError),
        (lambda arrays, texts: arrays.update({"2/0.weight": np.zeros(1)}), FormatError),
        (lambda arrays, texts: arrays.update({"00/0.weight": np.zeros(1)}), FormatError),
        (lambda arrays, texts: arrays.update({"weight": np.zeros(1)}), FormatError),
        (lambda arrays, texts: arrays.pop("1/0.weight") is None, FormatError),
        (lambda arrays, texts: arrays["1/0.bias"].__setitem__(0, 9), ChecksumError),
        (lambda arrays, texts: {"no": "list"}, FormatError),
        (lambda arrays, texts: [3], FormatError),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path, change, error):
    with pytest.raises(error, match=r"two\.safetensors"):
        nnfs.load(changed(tmp_path, change))


def test_a_verb_says_what_to_write(tmp_path, capsys):
    path = changed(tmp_path, lambda arrays, texts: None)
    assert cli.main(["evaluate", str(path), "moons"]) == 3
    assert "holds an ensemble of 2 networks" in capsys.readouterr().err
