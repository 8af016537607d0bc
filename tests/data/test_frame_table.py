"""Tables in memory and Parquet files are read as tables in text files."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs import DTypeError, FormatError, UnsupportedError
from nnfs.data import read

TEXT = (
    "id,when,town,age,member,kind\n7,2020-01-01,Rome,1.5,True,cat\n8,2020-01-02,Oslo,,False,dog\n9,,Rome,4,True,cat\n"
)
OPTIONS = {"drop": ["id", "when"], "missing": "mean"}


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.csv").write_text(TEXT)
    return tmp_path / "a.csv"


def _frame(library, path):
    module = pytest.importorskip(library)
    if library == "pyarrow":
        from pyarrow import csv

        return csv.read_csv(path)
    return module.read_csv(path)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("target", ["kind", "age"])
def test_a_frame_is_read_as_its_file(library, path, target):
    options = OPTIONS | ({"missing": "drop"} if target == "age" else {})
    found, wanted = read(_frame(library, path), target=target, **options), read(path, target=target, **options)
    np.testing.assert_array_equal(found.train.x, wanted.train.x)
    np.testing.assert_array_equal(found.train.y, wanted.train.y)
    assert (found.class_names, found.columns, found.target) == (wanted.class_names, wanted.columns, wanted.target)
    assert found.preprocessing == wanted.preprocessing
    later = _frame(library, path)
    assert read(later, target=target, preprocessing=found.preprocessing, class_names=found.class_names).train.x.tolist()


def test_a_frame_of_numbers_is_an_array():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "y": [0, 1], "w": [1.0, 2.0]})
    found = read(frame, target="y", sample_weight="w")
    assert (found.train.x.tolist(), found.train.y.tolist()) == ([[1, 0.5], [2, 1.5]], [0, 1])
    assert (found.preprocessing, found.train.weights.tolist()) == (None, [1, 2])
    assert read(frame[["a", "b"]], features=2).train.y is None


@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        ({"a": [1.0, None], "y": [0, 1]}, FormatError, "column 'a': a value is missing. Try: missing='mean'"),
        ({"a": [1, 2], "y": [0.5, None]}, FormatError, "row 1, column 'y': got no label"),
        ({"a": ["2020", "x"], "b": [{}, {}], "y": [0, 1]}, DTypeError, "column 'b': got dict"),
        ({"y": [0, 1]}, FormatError, "got 1 column"),
    ],
)
def test_what_is_missing_or_wrong_is_told(columns, error, words):
    pandas = pytest.importorskip("pandas")
    with pytest.raises(error, match=words):
        read(pandas.DataFrame(columns))
    with pytest.raises(ValueError, match="target is 'z'"):
        read(pandas.DataFrame(columns), target="z")


def test_parquet_files_are_read(path, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(_frame("pyarrow", path), tmp_path / "a.parquet")
    found, wanted = read(tmp_path / "a.parquet", **OPTIONS), read(path, **OPTIONS)
    np.testing.assert_array_equal(found.train.x, wanted.train.x)
    assert found.class_names == wanted.class_names
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-9])
    with pytest.raises(FormatError, match=r"b\.parquet: is no whole Parquet file"):
        read(tmp_path / "b.parquet")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "c.parquet")


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UnsupportedError, match=r"pip install .*\[tables\]"):
        read(tmp_path / "a.parquet")
