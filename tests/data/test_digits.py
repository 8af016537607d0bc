"""The handwritten digits: equal to those of scikit-learn, split as documented, refused when damaged."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from nnfs.data import digits
from nnfs.errors import ChecksumError, FormatError

module = importlib.import_module("nnfs.data.digits")
FOLDER = Path(module.__file__).parent


def test_the_digits_have_the_stated_shapes_range_and_split():
    data = digits()
    assert data.x_train.shape == (1198, 1, 8, 8)
    assert data.x_test.shape == (599, 1, 8, 8)
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    train, test = np.bincount(data.y_train), np.bincount(data.y_test)
    assert (train.min(), train.max(), test.min(), test.max()) == (117, 123, 55, 62)
    assert data.class_names == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def test_the_digits_equal_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    theirs, ours = datasets.load_digits(), digits()
    images = np.concatenate([ours.x_train, ours.x_test])[:, 0] * 16
    np.testing.assert_array_equal(images, theirs.images)
    np.testing.assert_array_equal(np.concatenate([ours.y_train, ours.y_test]), theirs.target)


def test_the_files_are_small_and_their_licence_is_beside_them():
    assert sum((FOLDER / name).stat().st_size for name, _, _ in (module.IMAGES, module.LABELS)) < 60_000
    licence = (FOLDER / "digits.LICENSE.txt").read_text()
    assert "CC BY 4.0" in licence
    assert "10.24432/C50P49" in licence
    assert module.IMAGES[0] in licence
    assert "CC BY 4.0" in digits().licence


def test_a_damaged_file_is_refused(tmp_path, monkeypatch, idx_bytes):
    monkeypatch.setattr(module, "__file__", str(tmp_path / "digits.py"))
    with pytest.raises(FileNotFoundError, match="digits-images"):
        digits()
    (tmp_path / module.IMAGES[0]).write_bytes((FOLDER / module.IMAGES[0]).read_bytes())
    (tmp_path / module.LABELS[0]).write_bytes(b"")
    with pytest.raises(FormatError, match="digits-labels"):
        digits()
    (tmp_path / module.LABELS[0]).write_bytes(idx_bytes((1797,)))
    with pytest.raises(ChecksumError, match="digits-labels"):
        digits()
