"""Tables in memory: columns of pandas, polars and Arrow are read alike."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from nnfs import DTypeError
from nnfs.arguments.frames import columns_of, is_frame, names_of

COLUMNS = {
    "age": [1, None, 3],
    "size": [1.5, 2.5, float("nan")],
    "member": [True, False, None],
    "town": ["Oslo", None, " ?"],
}


def frames():
    found = []
    for library, make in (
        ("pandas", lambda module: module.DataFrame(COLUMNS)),
        ("pandas", lambda module: module.DataFrame(COLUMNS).convert_dtypes()),
        ("pandas", lambda module: module.DataFrame(COLUMNS).astype({"town": "category"})),
        ("polars", lambda module: module.DataFrame(COLUMNS, strict=False)),
        ("pyarrow", lambda module: module.table(COLUMNS)),
    ):
        found.append(pytest.param(library, make, id=library))
    return found


@pytest.mark.parametrize(("library", "make"), frames())
def test_columns_are_numbers_or_texts_with_gaps(library, make):
    frame = make(pytest.importorskip(library))
    assert is_frame(frame)
    assert names_of(frame) == tuple(COLUMNS)
    age, size, member, town = columns_of(frame).values()
    np.testing.assert_array_equal(age, [1, np.nan, 3])
    np.testing.assert_array_equal(size, [1.5, 2.5, np.nan])
    np.testing.assert_array_equal(member, [1, 0, np.nan])
    assert town == ["Oslo", None, None]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_dates_are_refused_by_name(library):
    module = pytest.importorskip(library)
    columns = {"when": [datetime.datetime(2020, 1, 1), None]}
    frame = module.table(columns) if library == "pyarrow" else module.DataFrame(columns)
    with pytest.raises(DTypeError, match=r"column 'when': got dates.*drop=\['when'\]"):
        columns_of(frame)


def test_other_objects_and_names_that_stand_twice_are_refused():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DTypeError, match="column 'a': got list"):
        columns_of(pandas.DataFrame({"a": [[1], [2]]}))
    with pytest.raises(DTypeError, match="two columns have the name 'a'"):
        columns_of(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
    assert not is_frame(np.zeros((2, 2)))
    assert not is_frame([[1.0]])
