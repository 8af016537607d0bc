"""Lines of a table: line ends, separators, and which texts are numbers."""

from __future__ import annotations

import pytest

from nnfs.data.table_lines import (
    check_no_comment,
    find_mark,
    other_mark,
    read_lines,
    read_number,
    read_whole,
    with_point,
)
from nnfs.errors import FormatError

LINES = [(1, ["a", "b, c", "kind"]), (2, ["1", "2", "a cat"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_lines_are_split_with_any_blanks_quotes_and_line_ends(tmp_path, end, start):
    path = tmp_path / "a.csv"
    path.write_bytes((start + end.join(['a, "b, c",kind ', "1 ,2, a cat", ""])).encode())
    assert list(read_lines(str(path))) == LINES
    assert list(read_lines(str(path), skip=1)) == LINES[1:]


def test_a_quoted_value_may_contain_a_line_end(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'"a\r\nb",c\r\n1,2')
    assert [row for _, row in read_lines(str(tmp_path / "a.csv"))] == [["a\r\nb", "c"], ["1", "2"]]


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.tsv", "\t")])
def test_a_first_line_for_excel_is_skipped(tmp_path, name, mark):
    (tmp_path / name).write_bytes(f"\ufeffsep={mark}\r\na{mark}b\r\n1{mark}2".encode())
    assert list(read_lines(str(tmp_path / name))) == [(2, ["a", "b"]), (3, ["1", "2"])]


def test_the_line_for_excel_names_the_separator(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfsep=;\r\na;b\r\n1;2")
    assert find_mark(str(tmp_path / "a.csv"), None) == ";"
    assert list(read_lines(str(tmp_path / "a.csv"), mark=";")) == [(2, ["a", "b"]), (3, ["1", "2"])]


def test_an_error_for_another_encoding_says_how_to_save_the_table(tmp_path):
    (tmp_path / "a.csv").write_bytes("a,b\n1,2\n".encode("utf-16"))
    with pytest.raises(FormatError, match=r"line 1: is not UTF-8 text; save the table as UTF-8 \(Excel: CSV UTF-8\)"):
        list(read_lines(str(tmp_path / "a.csv")))


@pytest.mark.parametrize(
    ("row", "own", "mark"),
    [
        (["1", "5;2", "5;0"], ",", ";"),
        (["1", "5;2", "5;cat"], ",", ";"),
        (["1", "5\t2", "5"], ",", "\t"),
        (["1.5;2.5"], ",", ";"),
        (["a;b;kind"], ",", ";"),
        (["1.5 2.5 0"], ",", " "),
        (["a|b"], "\t", "|"),
        (["a,b"], "\t", ","),
        *((row, ",", None) for row in (["1", "2", "a;b"], ["my name"], ["a", "b;c"], ["1", "2"], ["1.5", "7 8"])),
    ],
)
def test_another_separator_is_seen_and_marks_within_texts_are_none(row, own, mark):
    assert other_mark(row, own, None) == mark
    assert other_mark(["a;b"], own, 1) is None


def test_decimal_commas_become_points():
    assert list(map(with_point, ["1,5", "-2,5e3", "1", "1.5", "a,b", "1,234,5"])) == [
        *("1.5", "-2.5e3", "1", "1.5", "a,b", "1,234,5")
    ]


def test_which_texts_are_numbers_and_which_whole():
    assert [read_number(text) for text in ("1", " -.5e1", "nan", "inf", "1_0", "٣", "")] == [1, -5, *[None] * 5]
    assert [read_whole(text) for text in ("007", "-5", "+5", str(2**64))] == [7, -5, 5, 2**64]
    assert {read_whole(text) for text in ("", "-", "+-5", "1.0", "٣", "1e3", "9" * 401)} == {None}
    assert read_whole("0" * 5000 + "7") == 7


@pytest.mark.parametrize("comment", ["# made by hand", "# of May, 2020", "#\n# two lines"])
@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.tsv", "\t")])
def test_a_comment_in_the_first_line_is_refused_with_what_to_write(tmp_path, comment, name, mark):
    path, pandas = tmp_path / name, pytest.importorskip("pandas")
    path.write_text(f"{comment}\n" + "a,b,y\n1,2,0\n".replace(",", mark))
    words = r"line 1: begins with #, as a comment does, .*; remove the lines that begin with #, or: pandas\.read_csv"
    with pytest.raises(FormatError, match=words) as caught:
        check_no_comment(next(read_lines(str(path)))[1], str(path), mark)
    code = str(caught.value).split("or: ")[1].replace("'new", f"'{tmp_path}/new")
    eval(code, {"pandas": pandas, "path": path})
    assert [row for _, row in read_lines(f"{tmp_path}/new{path.suffix}")] == [["a", "b", "y"], ["1", "2", "0"]]


@pytest.mark.parametrize("text", ["# a,b,y\n1,2,0\n", "# a,b,y\n1,2,0,\n", "#1,2\n#2,3\n", "# a\n", "a\n# b,c\n"])
def test_names_that_begin_with_a_number_sign_are_no_comment(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    check_no_comment(next(read_lines(str(tmp_path / "a.csv")))[1], str(tmp_path / "a.csv"), ",")
