"""Tables: names of columns, labels of three kinds, and the line and column of what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.data.csv_table import read_csv
from nnfs.errors import FormatError


@pytest.fixture
def table(tmp_path):
    """Return a function that writes text to a file and gives its path."""

    def write(text, name="data.csv"):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def test_the_last_column_is_the_label(table):
    found = read_csv(table("1,2,0\n3,4.5,1\n-1e2,+.5,0\n"))
    np.testing.assert_array_equal(found.train.x, np.array([[1, 2], [3, 4.5], [-100, 0.5]], np.float32))
    assert found.train.x.dtype == np.float32
    assert found.train.y.tolist() == [0, 1, 0]
    assert found.train.y.dtype == np.int64
    assert (found.test, found.class_names) == (None, ())


@pytest.mark.parametrize("target", ["kind", "0", 0, -3])
def test_the_label_by_name_or_number(table, target):
    found = read_csv(table("kind,a,b\ncat,1,2\nape,3,4\n"), target=target, dtype="float64")
    np.testing.assert_array_equal(found.train.x, [[1, 2], [3, 4]])
    assert found.train.x.dtype == np.float64
    assert found.train.y.tolist() == [1, 0]
    assert found.class_names == ("ape", "cat")


def test_whole_numbers_that_were_rounded_are_told(table):
    path = table("time,b,c,id\n1700000001,0.1,16777217.5,16777217\n1700000002,2,3,4\n")
    assert read_csv(path, target="b").changes == ("whole numbers in time, id rounded to float32",)
    assert read_csv(path, target="b", dtype="float64").changes == ()
    assert read_csv(table("0.1,16777216,1\n2,3,4\n")).changes == ()


def test_labels_without_names_of_columns(table):
    found = read_csv(table("1,2,cat\r\n\r\n3,4,ape\r\n"))
    assert len(found.train.x) == 2
    assert found.class_names == ("ape", "cat")


def test_numbers_to_predict(table):
    found = read_csv(table("a,price\n1,2\n2,2.5\n"))
    assert found.train.y.tolist() == [2.0, 2.5]
    assert found.train.y.dtype == np.float32


def test_names_that_classes_must_have(table):
    path = table("1,cat\n2,ape\n")
    assert read_csv(path, class_names=("cat", "dog", "ape")).train.y.tolist() == [0, 2]
    with pytest.raises(FormatError, match=r"data\.csv: got the class 'ape', wanted one of cat, dog"):
        read_csv(path, class_names=("cat", "dog"))
    # Digits are names, too; numbers that are no names stay numbers.
    assert read_csv(table("1,7\n2,3\n"), class_names=("3", "7")).train.y.tolist() == [1, 0]
    assert read_csv(table("1,1\n2,0\n"), class_names=("cat", "dog")).train.y.tolist() == [1, 0]


def test_a_table_without_labels(table):
    path = table("a,b\n1,2\n")
    assert read_csv(path, features=2).train.y is None
    assert read_csv(path, features=1).train.y.tolist() == [2]


@pytest.mark.parametrize(("labels", "y"), [(("1", "0"), [1, 0]), (("1.5", "2"), [1.5, 2])])
def test_columns_with_numbers_for_names(table, labels, y):
    found = read_csv(table(f"0,1,kind,w\n1.5,2,{labels[0]},9\n3,4,{labels[1]},8\n"), target=2, sample_weight="w")
    assert (found.train.x.tolist(), found.train.y.tolist()) == ([[1.5, 2], [3, 4]], y)
    assert (found.train.weights.tolist(), found.columns, found.target) == ([9, 8], ("0", "1"), "kind")
    assert found.changes == ("line 1 is taken for the names of the columns: 0, 1, kind, w",)
    assert read_csv(table("1,cat\n2,1\n"), class_names=("cat", "1")).train.y.tolist() == [0, 1]


def test_a_column_without_a_name_is_told(table):
    found = read_csv(table(",a,kind\n0,1.5,cat\n1,3,dog\n"))
    assert (found.train.x.shape, found.columns) == ((2, 2), ("", "a"))
    assert found.changes == ("a column without a name is taken for numbers, too",)


def test_weights_go_with_their_lines(table):
    found = read_csv(table("0,1,kind\n1.5,2,7\n3,4,8\n"), sample_weight="1")
    assert (found.train.x.tolist(), found.train.weights.tolist(), found.columns) == ([[1.5], [3]], [2, 4], ("0",))


def test_a_column_of_labels_that_is_empty_is_none(table):
    found = read_csv(table("a,b,kind\n1,2,\n3,4,\n"), class_names=("cat", "dog"))
    assert (found.train.x.tolist(), found.train.y, found.target) == ([[1, 2], [3, 4]], None, None)
    assert found.class_names == ("cat", "dog")


def test_numbers_of_classes_that_have_names_are_told(table):
    path = table("a,kind\n1,1\n2,0\n")
    found = read_csv(path, class_names=("cat", "dog"))
    assert found.changes == ("labels are taken for the numbers of the classes: 0 for cat, 1 for dog",)
    assert read_csv(path, class_names=("0", "1")).changes == read_csv(path).changes == ()


def test_columns_by_name(table):
    wanted = {"columns": ("a", "b"), "target": "kind", "features": 2, "sample_weight": "w"}
    for text in ("b,kind,a\n2,cat,1\n", "w,kind,b,a\n5,cat,2,1\n", "kind,a,b\ncat,1,2\n", "b,a\n2,1\n"):
        found = read_csv(table(text), **wanted)
        assert found.train.x.tolist() == [[1, 2]]
        assert found.columns == ("a", "b")
        assert (found.train.y is None, found.target) == (("kind" not in text), "kind" if "kind" in text else None)
    found = read_csv(table("b,label,a\n2,1,1\n"), **wanted | {"target": "1"})  # the number of a column
    assert (found.train.x.tolist(), found.train.y.tolist(), found.target) == ([[1, 2]], [1], "label")
    plain = read_csv(table("1,2\n"), columns=("a", "b"), features=2)  # no names: by place
    assert (plain.train.x.tolist(), plain.columns, plain.train.y) == ([[1, 2]], (), None)
    assert read_csv(table("a,a,b\n1,2,3\n")).columns == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,kind\n1,2\n", "line 1: there is no column b, c; wanted a, b, c$"),
        ("u,v,w\n1,2,3\n", "line 1: there is no column a, b, c; wanted a, b, c$"),
        (
            "a,b,c,id,kind\n1,2,3,4,5\n",
            "line 1: got the column id, wanted a, b, c, and kind for the labels; leave it out",
        ),
        ("a,b,c,c,kind\n1,2,3,4,5\n", "line 1: got the column c, wanted a, b, c, and kind"),
        ("1,nan,3\n1,2,3\n", "line 1: there is no column a, b, c; wanted a, b, c; it is taken for the names of the"),
        ("1,2,3,cat\n", "line 1: got 1, 2, 3, cat, wanted the names of the columns: a, b, c, and kind for the labels"),
    ],
)
def test_columns_of_other_names(table, text, message):
    with pytest.raises(FormatError, match=r"data\.csv: " + message):
        read_csv(table(text), columns=("a", "b", "c"), target="kind", features=3)


def test_weights_tabs_and_marks(table):
    found = read_csv(table(b"\xef\xbb\xbfa\tw\tb\n1\t0.5\tyes\n2\t2\tno\n", "data.tsv"), sample_weight="w", target="b")
    assert found.train.weights.tolist() == [0.5, 2.0]
    assert found.train.x.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("data.csv", "a\tb\n1\t2\n", "line 1: its values are separated by tabs, as in .tsv files, wanted ','"),
        ("data.tsv", "a,b\n1,2\n", "line 1: its values are separated by ',', wanted tabs, as in .tsv files"),
        ("data.tsv", "a;b\n1;2\n", "line 1: its values are separated by ';', wanted tabs"),
    ],
)
def test_values_that_are_separated_otherwise(table, name, text, message):
    with pytest.raises(FormatError, match=rf"{name}: {message}"):
        read_csv(table(text, name))
    found = read_csv(table(f'"{text.splitlines()[0]}"\n7\n', name), features=1)  # a name with such a mark in it
    assert found.train.x.tolist() == [[7]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "has the names of columns alone"),
        ("a;b\n1;2\n", "line 1: its values are separated by ';', wanted ','"),
        ("1\n2\n", r"line 1 has 1 column"),
        ("a,b\n1,2\n1\n", "line 3: got 1 values, wanted 2, as in line 1"),
        ("a,b\n1,2\nx,2\n", "line 3, column 'a': got 'x', wanted a finite number; if it holds the labels: --target a"),
        ("1,2\n,2\n", "line 2, column '0': got nothing, wanted a finite number"),
        (
            "1,2\n1,\n",
            "line 2, column '1': got nothing, unlike the lines before; wanted a label in each line, or in none",
        ),
        ("1,\n1,cat\n", "line 2, column '1': got 'cat', unlike the lines before"),
        ("0.5,x,2\n1,y,2\n", "line 2, column 'x': got 'y', wanted a finite number; line 1 is taken for the names of"),
        ("1,2\nnan,2\n", "line 2, column '0': got 'nan'"),
        ("1,2\n1e999,2\n", "line 2, column '0': got '1e999'"),
        ("1,2\n1_000,2\n", "line 2, column '0': got '1_000'"),
        ("1,2\n٣,2\n", "line 2, column '0'"),
        ("1,2\n1e39,2\n", "column '0': 1e.39 is too large for float32"),
        ('1,2\n"3,2\n', "line 2: unexpected end of data"),
        (b"1,2\n\xff,2\n", "line 2: is not UTF-8 text"),
        (f"1,2\n{'9' * 200000},2\n", "line 2: field larger than field limit"),
    ],
)
def test_says_which_value_is_wrong(table, text, message):
    with pytest.raises(FormatError, match=r"data\.csv: .*" + message):
        read_csv(table(text))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "c"}, "target is 'c'; it must be one of a, b, or from 0 to 1$"),
        ({"target": 2}, "target is 2"),
        ({"sample_weight": "w"}, "sample_weight is 'w'"),
    ],
)
def test_columns_that_are_not_there(table, options, message):
    with pytest.raises(ValueError, match=message):
        read_csv(table("a,b\n1,2\n"), **options)


def test_what_is_no_file(tmp_path):
    with pytest.raises(FormatError, match="not a regular file"):
        read_csv(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv")
