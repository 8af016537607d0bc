"""Columns of a table: whether line 1 holds names, and texts that are a name and a number."""

from __future__ import annotations

import numpy as np
import pytest
from compare import Counted

from nnfs.data.table_columns import continues_from_0, find_columns, has_numbers, names_by_numbers
from nnfs.errors import FormatError


@pytest.mark.parametrize(
    ("first", "target", "label"),
    [
        (["1", "0", "5"], "0", 0),  # a number means the column with this number, also if line 1 holds the number
        (["1", "0", "5"], 0, 0),
        (["1", "0", "5"], "-1", 2),
        (["1", "0", "5"], "5", 2),  # no column has the number 5, so it is a name
        (["0", "1", "kind"], "1", 1),
        (["", "0", "1"], 0, 0),
        (["", "0", "1"], "-2", 1),
        (["a", "b", "a"], "b", 1),
        (["a", "b", "a"], None, 2),
    ],
)
def test_a_column_is_given_by_number_or_name(first, target, label):
    assert find_columns(first, target, None, None, ()).label == label


@pytest.mark.parametrize(
    ("first", "target", "message"),
    [
        (
            ["", "0", "1"],
            "1",
            r"is '1', the name of column 2 and the number of the column '0'; write .* -1 or -2",
        ),
        (["a", "b", "a"], "a", "target is 'a', the name of the columns 0, 2; write the number of one"),
        (["a", "b"], "c", "target is 'c'; it must be one of a, b, or from 0 to 1$"),
        (["1", "2"], "7", "line 1 is taken for the names of the columns$"),
        (["1", "2"], "9" * 5000, "it must be one of 1, 2"),
    ],
)
def test_a_column_that_does_not_exist_or_is_ambiguous_is_refused(first, target, message):
    with pytest.raises(ValueError, match=message):
        find_columns(first, target, None, None, ())


def test_wanted_names_are_found_even_if_they_are_numbers():
    wanted = {"sample_weight": None, "features": 2, "wanted": ("0", "1")}
    assert find_columns(["2", "1", "0"], "2", **wanted)[1:] == (True, [2, 1], 0, None)
    assert not find_columns(["0", "7", "1"], "2", **wanted).has_names
    assert not find_columns(["0", "1", "1"], "2", **wanted).has_names
    with pytest.raises(FormatError, match="there is no column 1"):
        find_columns(["0", "b", "c"], "2", **wanted)


def test_which_first_lines_hold_numbers_and_count():
    assert has_numbers(["a", "2"])
    assert has_numbers(["True"])
    assert not has_numbers(["a", ""])
    assert continues_from_0(["0", "1", "kind"], 2)
    assert not continues_from_0(["0", "2"], 1)
    assert not continues_from_0(["0", "kind", "2"], 2)


def test_a_first_line_whose_label_is_a_class_is_a_sample():
    columns = find_columns(["5", "6", "3"], None, None, None, ())
    exact = np.array([[5.0, 6], [1, 2], [2, 3]])
    assert names_by_numbers(columns, exact, ["3", "cat", "dog"], ())
    assert not names_by_numbers(columns, exact, ["3", "cat", "dog"], ("3", "cat", "dog"))
    assert not names_by_numbers(columns, exact, ["3", "cat", "4"], ())


def test_the_columns_of_a_wide_table_are_found_with_few_comparisons(monkeypatch):
    monkeypatch.setattr(Counted, "compared", 0)
    first, wanted = ([Counted(f"c{number}") for number in range(1000)] for _ in range(2))
    columns = find_columns([*first, Counted("y")], "y", None, None, tuple(wanted[::-1]))
    assert columns.numbers == list(range(1000))[::-1]
    assert columns.label == 1000
    assert Counted.compared < 10 * len(first)
    with pytest.raises(FormatError, match="got the column c0, c1, wanted c2, c3"):
        find_columns([*first, Counted("y")], "y", None, None, tuple(wanted[2:]))
    assert Counted.compared < 20 * len(first)
