"""Each form of a user's data is read by its reader."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.data import read
from nnfs.errors import DTypeError, FormatError, UnsupportedError


def test_each_name_is_read_by_its_reader(tmp_path):
    (tmp_path / "a.CSV").write_text("w,a,k\n1,2,x\n")
    found = read(tmp_path / "a.CSV", target="k", sample_weight="w", class_names=("y", "x"))
    assert (found.train.x.tolist(), found.train.y.tolist(), found.train.weights.tolist()) == ([[2]], [1], [1])
    np.savez(tmp_path / "a.npz", x=[[2.0]], y=["x"])
    assert read(tmp_path / "a.npz", class_names=("y", "x")).train.y.tolist() == [1]
    with pytest.raises(FormatError, match="got an empty folder, wanted one folder of images"):
        read(tmp_path)


def test_other_files_are_refused_with_what_to_write(tmp_path):
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(
        UnsupportedError,
        match=r"a\.txt: got \.txt, wanted \.npz, \.csv, \.tsv, \.parquet, an image \(\.png, .*\) or a folder",
    ):
        read(tmp_path / "a.txt")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.npy")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.npz")
    with pytest.raises(ValueError, match="which only tables have"):
        read(tmp_path / "a.npz", target="k")
    with pytest.raises(ValueError, match="size and grey are for images"):
        read(tmp_path / "a.npz", grey=True)
    with pytest.raises(ValueError, match="size is '4'; it must be width x height, such as 32x32"):
        read(tmp_path, size="4")


@pytest.mark.parametrize("name", ["a.npz", "a.csv", "."])
def test_a_dtype_that_networks_do_not_have_is_refused(tmp_path, name):
    for dtype in ("int8", "wrong"):
        with pytest.raises(DTypeError, match='dtype must be "float32" or "float64"'):
            read(tmp_path / name, dtype=dtype)
