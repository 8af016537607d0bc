"""Tables: names of columns, weights, first lines, and errors that name line and column."""

from __future__ import annotations

import sys

import pytest

from nnfs.data.csv_table import read_csv
from nnfs.errors import FormatError


def test_changes_name_columns_of_rounded_whole_numbers(table):
    path = table("time,b,c,id\n1700000001,0.1,16777217.5,16777217\n1700000002,2,3,4\n")
    assert read_csv(path, target="b").changes == ("whole numbers in time, id rounded to float32",)
    assert read_csv(path, target="b", dtype="float64").changes == ()
    assert read_csv(table("0.1,16777216,1\n2,3,4\n")).changes == ()


@pytest.mark.parametrize(("labels", "y"), [(("1", "0"), [1, 0]), (("1.5", "2"), [1.5, 2])])
def test_names_of_columns_may_be_numbers(table, labels, y):
    found = read_csv(table(f"0,1,kind,w\n1.5,2,{labels[0]},9\n3,4,{labels[1]},8\n"), target=2, sample_weight="w")
    assert (found.train.x.tolist(), found.train.y.tolist()) == ([[1.5, 2], [3, 4]], y)
    assert (found.train.weights.tolist(), found.columns, found.target) == ([9, 8], ("0", "1"), "kind")
    assert found.changes == ("line 1 is taken for the names of the columns: 0, 1, kind, w",)
    assert read_csv(table("1,cat\n2,1\n"), class_names=("cat", "1")).train.y.tolist() == [0, 1]


def test_changes_tell_of_a_first_line_that_may_be_names(table):
    # The first line may hold names: years, and a word for the labels.
    told = "line 1 is taken for a sample: 2019, 2020, kind; if it names the columns, write words for names"
    assert read_csv(table("2019,2020,kind\n1.5,2,cat\n3,4,dog\n5,6,cat\n")).changes == (told,)
    for labels in ("cat", "dog"), ("cat",), ("dog", "cat", "dog"):
        assert read_csv(table("2019,2020,cat\n" + "".join(f"1.5,2,{label}\n" for label in labels))).changes == ()


def test_changes_tell_of_a_column_without_a_name(table):
    found = read_csv(table(",a,kind\n0,1.5,cat\n1,3,dog\n"))
    assert (found.train.x.shape, found.columns) == ((2, 2), ("", "a"))
    assert found.changes == ("a column without a name is taken for numbers, too; pandas writes none with index=False",)


def test_weights_go_with_their_lines(table):
    found = read_csv(table("0,1,kind\n1.5,2,7\n3,4,8\n"), sample_weight="1")
    assert (found.train.x.tolist(), found.train.weights.tolist(), found.columns) == ([[1.5], [3]], [2, 4], ("0",))


def test_columns_are_found_by_name(table):
    wanted = {"columns": ("a", "b"), "target": "kind", "features": 2, "sample_weight": "w"}
    for text in ("b,kind,a\n2,cat,1\n", "w,kind,b,a\n5,cat,2,1\n", "kind,a,b\ncat,1,2\n", "b,a\n2,1\n"):
        found = read_csv(table(text), **wanted)
        assert found.train.x.tolist() == [[1, 2]]
        assert found.columns == ("a", "b")
        assert (found.train.y is None, found.target) == (("kind" not in text), "kind" if "kind" in text else None)
    found = read_csv(table("b,label,a\n2,1,1\n"), **wanted | {"target": "1"})  # the number of a column
    assert (found.train.x.tolist(), found.train.y.tolist(), found.target) == ([[1, 2]], [1], "label")
    plain = read_csv(table("1,2\n"), columns=("a", "b"), features=2)  # without names, columns are taken in order
    assert (plain.train.x.tolist(), plain.columns, plain.train.y) == ([[1, 2]], (), None)
    assert read_csv(table("a,a,b\n1,2,3\n")).columns == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,kind\n1,2\n", "line 1: there is no column b, c; got a, kind, wanted a, b, c$"),
        ("u,v,w\n1,2,3\n", "line 1: there is no column a, b, c; got u, v, w, wanted a, b, c$"),
        (
            "a,b,c,id,kind\n1,2,3,4,5\n",
            "line 1: got the column id, wanted a, b, c, and kind for the labels; leave it out",
        ),
        ("a,b,c,c,kind\n1,2,3,4,5\n", "line 1: got the column c, wanted a, b, c, and kind"),
        (
            ",a,b,c,kind\n0,1,2,3,4\n",
            "line 1: got a column without a name, wanted a, .* .pandas: index=False.: only",
        ),
        ("1,nan,3\n1,2,3\n", "line 1: there is no column a, b, c; got 1, nan, 3, wanted a, b, c; it is taken for the "),
        ("1,2,3,cat\n", "line 1: got 1, 2, 3, cat, wanted the names of the columns: a, b, c, and kind for the labels"),
    ],
)
def test_other_column_names_than_wanted_are_refused(table, text, message):
    with pytest.raises(FormatError, match=r"data\.csv: " + message):
        read_csv(table(text), columns=("a", "b", "c"), target="kind", features=3)


def test_tables_may_have_weights_tabs_and_byte_order_marks(table):
    found = read_csv(table(b"\xef\xbb\xbfa\tw\tb\n1\t0.5\tyes\n2\t2\tno\n", "data.tsv"), sample_weight="w", target="b")
    assert found.train.weights.tolist() == [0.5, 2.0]
    assert found.train.x.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("data.csv", "a\tb\n1\t2\n", "values are separated by tabs, as in .tsv files"),
        ("data.tsv", "a,b\n1,2\n", "values are separated by ','"),
        ("data.tsv", "a;b\n1;2\n", "values are separated by ';'"),
        ("data.csv", "a;b\n1,5;2\n", "values are separated by ';', numbers have a decimal comma"),
        ("data.csv", "1,5;2\n1,5;2\n", "values are separated by ';', numbers have a decimal comma"),
        ("data.tsv", "a\tb\n1,5\t2\n", "numbers have a decimal comma"),
        ("data.csv", "a|b\n1|2\n", "values are separated by '|'"),
    ],
)
def test_another_separator_is_seen_and_told(table, name, text, told):
    found = read_csv(table(text, name))
    assert found.train.x[-1].tolist() == [1.5 if "1,5" in text else 1]
    assert found.train.y[-1] == 2
    assert found.changes == (told,)
    found = read_csv(table(f'"{text.splitlines()[0]}"\n7\n', name), features=1)  # a name that contains the separator
    assert found.train.x.tolist() == [[7]]


def test_labels_may_have_decimal_commas_and_commas_and_points_are_not_mixed(table):
    assert read_csv(table("a;y\n1;2,5\n2;3,5\n")).train.y.tolist() == [2.5, 3.5]
    with pytest.raises(FormatError, match="some numbers have a decimal comma and others a point"):
        read_csv(table("a;b;y\n1,5;2.5;1\n1,5;3.5;0\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "has the names of columns alone"),
        ("1.5 2 0\n1.5 3 1\n", "line 1: its values are separated by blanks, wanted ','"),
        ("1\n2\n", r"line 1 has 1 column"),
        ("a,b\n1,2\n1\n", "line 3: got 1 values, wanted 2, as in line 1$"),
        ("a,b\n1,2\n# c\n", "line 3: got 1 values, wanted 2, as in line 1; remove the lines that begin with #, or: pa"),
        ("# of me\na,b\n1,2\n", "line 1: begins with #, as a comment does, .*; remove the lines that begin with #"),
        ("a,b\n1,2\nx,2\n", "line 3, column 'a': got 'x', wanted a finite number; if it holds the labels: --target a"),
        ("a,b\n,2\nx,2\n", "line 2, column 'a': got nothing, wanted a finite number; where a value is missing"),
        ("a,b\nx,2\n?,2\nx,3\n", "line 3, column 'a': got '[?]', wanted a finite number; where a value is missing"),
        ("1,2\n,2\n", "line 2, column '0': got nothing, wanted a finite number"),
        ("1,2\n1,\n", "line 2, column '1': got no label; wanted one in each line, or in none: leave the line out"),
        ("a,b\n1,\n\n2,\n1,cat\n", "line 2, column 'b': got no label"),
        ("0.5,x,2\n1,4,2\n1,y,2\n", "line 3, column 'x': got 'y', wanted a finite number; line 1 is taken for the na"),
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
def test_an_error_names_line_and_column_of_the_wrong_value(table, text, message):
    with pytest.raises(FormatError, match=r"data\.csv: .*" + message):
        read_csv(table(text))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "c"}, "target is 'c'; it must be one of a, b, or from 0 to 1$"),
        ({"target": "bb"}, "target is 'bb'; it must be one of a, b, or from 0 to 1; the nearest is 'b'$"),
        ({"target": 2}, "target is 2"),
        ({"sample_weight": "w"}, "sample_weight is 'w'"),
        ({"sample_weight": "b"}, "sample_weight is 'b', the column of the labels; it must be another column"),
    ],
)
def test_a_missing_column_is_refused(table, options, message):
    with pytest.raises(ValueError, match=message):
        read_csv(table("a,b\n1,2\n"), **options)


LEAVE_OUT = "leave the column out: --drop 'a b', in Python drop=['a b']"
GAP = (
    "; where a value is missing, fill one in or leave the line out; or --missing mean, in Python missing='mean', for "
    "the mean of the column, and drop to leave such lines out"
)


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("red", f"; most values of this column are numbers; {LEAVE_OUT}"),
        ("yes", f"; most values of this column are numbers; {LEAVE_OUT}"),
        ('"1,5"', "; write numbers with a point, as in 1234.5, and nothing else"),
        ('"1,234.5"', "; write numbers with a point, as in 1234.5, and nothing else"),
        *(
            (text, "; write numbers with a point, as in 1234.5, and nothing else")
            for text in ("$5", "1 000", "\u22125")
        ),
        ("NA", GAP),
        ("", GAP),
        ("1e999", ""),
        ("-inf", ""),
    ],
)
def test_an_error_for_a_text_among_numbers_shows_what_to_write(table, value, fix):
    path = table(f"a b,kind\n1,0\n2,1\n{value},1\n")
    with pytest.raises(FormatError, match="line 4") as caught:
        read_csv(path, target="kind")
    assert str(caught.value).endswith(f"wanted a finite number{fix}")
    if value == "red":
        with pytest.raises(
            FormatError, match=r"number; if it holds the labels: --target 'a b', in Python target='a b'"
        ):
            read_csv(path)


@pytest.mark.parametrize("date", ["2020-01-31", "31.1.2020", "12:30", "1/2/2020"])
def test_dates_are_refused_with_a_cure_that_works(table, date):
    path = table(f"when,a,kind\n{date},1,0\n{date},2,1\n")
    with pytest.raises(
        FormatError, match=r"line 2, column 'when': .*for a date or time, .*: --drop when, in Python drop"
    ):
        read_csv(path)
    assert read_csv(path, drop=("when",)).train.x.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("text", "options", "x"),
    [
        ("0,1,2\n7,0,1\n8,3,0\n", {}, [[7, 0], [8, 3]]),  # as pandas counts columns
        ("0.0,1.0,2.0\n7,0,1\n8,3,0\n", {}, [[7, 0], [8, 3]]),
        (",0,1,2\n0,7,0,1\n1,8,3,0\n", {}, [[0, 7, 0], [1, 8, 3]]),
        ("0,1\n0.5,3\n1.5,4\n", {}, [[0.5], [1.5]]),
        ("5,4,3\n1,2,cat\n3,4,dog\n", {}, [[1, 2], [3, 4]]),
        ("5,4,3\ncat,1,2\ndog,3,4\n", {"target": 0}, [[1, 2], [3, 4]]),
        ("0,1,kind\n0,1,cat\n2,3,cat\n", {}, [[0, 1], [2, 3]]),
        ("5,4,kind\n1,2,cat\n3,4,dog\n", {"target": "kind"}, [[1, 2], [3, 4]]),
        ("400,410,420\n0.5,1.5,0\n0.25,0.75,1\n", {}, [[0.5, 1.5], [0.25, 0.75]]),
        ("400,410,420\n1,1,0\n2,2,1\n", {"target": "420"}, [[1, 1], [2, 2]]),
    ],
)
def test_a_first_line_of_numbers_may_hold_the_column_names(table, text, options, x):
    found = read_csv(table(text), **options)
    assert (found.train.x.tolist(), len(found.train.y)) == (x, len(x))
    assert found.columns
    assert any(
        "line 1 is taken for the names of the columns" in told or "without a name" in told for told in found.changes
    )


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("0,1\n1,3\n2,5\n", [1, 3, 5]),
        ("1,2,3\n4,5,6\n", [3, 6]),
        ("0,1,cat\n1,0,cat\n", [0, 0]),
        ("5,3,cat\n0.5,0.5,dog\n", [0, 1]),
        ("5,5,0\n0.5,0.5,1\n0.25,0.5,1\n", [0, 1, 1]),
        ("0,1,2\n", [2]),
    ],
)
def test_a_first_line_of_numbers_that_may_be_a_sample_is_read_as_one(table, text, labels):
    found = read_csv(table(text))
    assert (found.train.y.tolist(), found.columns) == (labels, ())
    is_told = any("line 1 is taken for a sample" in told for told in found.changes)
    assert is_told == (text[:3] == "0,1")


def test_labels_and_weights_of_the_line_of_names_are_dropped(table):
    found = read_csv(table("0,1,2\n5,2,1\n6,3,0\n"), sample_weight="1")
    assert (found.train.x.tolist(), found.train.y.tolist(), found.train.weights.tolist()) == (
        [[5], [6]],
        [1, 0],
        [2, 3],
    )
    assert (found.columns, found.target) == (("0",), "2")
    assert found.changes == (
        "line 1 is taken for the names of the columns: 0, 1, 2; if it is a sample, write a line of names above it",
    )


def test_a_path_that_is_no_regular_file_is_refused(tmp_path):
    with pytest.raises(FormatError, match="not a regular file"):
        read_csv(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "text",
    [
        "a,b,kind,\n1,2,cat,\n3,4,dog,\n",
        "a,b,kind\n1,2,cat,\n3,4,dog,\n",
        "1,2,cat,\n3,4,dog,\n",
        "sep=,\na,b,kind\n1,2,cat\n3,4,dog",
    ],
)
def test_commas_at_the_ends_of_lines_and_lines_for_excel_change_nothing(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    found = read_csv(tmp_path / "a.csv")
    assert (found.train.x.tolist(), found.train.y.tolist()) == ([[1, 2], [3, 4]], [0, 1])
    assert found.class_names == ("cat", "dog")
    assert found.target == ("kind" if "kind" in text else None)


@pytest.mark.parametrize("text", ["a,b,\n1,2,0\n3,4,1\n", "1,2,\n3,4,\n"])
def test_a_last_column_without_name_and_labels_is_kept(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    found = read_csv(tmp_path / "a.csv")
    assert found.train.x.tolist() == [[1, 2], [3, 4]]
    assert (found.train.y is None) == ("0" not in text)


@pytest.mark.parametrize(("is_there", "told"), [(False, True), (True, False)])
def test_a_large_table_is_told_what_reads_it_faster_where_that_is_missing(tmp_path, monkeypatch, is_there, told):
    monkeypatch.setattr("nnfs.data.arrow_values.LARGE", 0)
    monkeypatch.setitem(sys.modules, "pyarrow", object() if is_there else None)
    (tmp_path / "t.csv").write_text("a,y\n1,0\n2,1\n")
    assert any("nnfs-cython[tables]" in change for change in read_csv(tmp_path / "t.csv").changes) == told
