"""Control characters for a terminal and formulas for a spreadsheet become plain text."""

from __future__ import annotations

import csv
import io

import pytest

from nnfs.errors import FormatError
from nnfs.printable import PrintableStream, csv_line, cut, four_digits, printable


def test_a_text_is_cut_behind_its_longest_beginning():
    assert [cut(text, 4) for text in ("", "abcd", "abcde")] == ["", "abcd", "abc\u2026"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\rb\tc\0", "a\\rb\\tc\\x00"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("\u202efdp.exe\u2066", "\\u202efdp.exe\\u2066"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("half \udc9b", "half \\udc9b"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_control_characters_are_escaped(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cat",
        "Zürich",
        "猫",
        "кот",
        "\u0645\u06cc\u200c\u062e",
        "\U0001f469\u200d\U0001f52c",
        "e\u0301",
        "a\u00a0b",
        "a\\b",
    ],
)
def test_names_of_any_script_stay_as_they_are(text):
    assert printable(text) == text
    assert next(csv.reader([csv_line(["x", text])])) == ["x", text]


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=1,2", '="a"', "-a"]
)
def test_no_text_is_a_formula(text):
    (line,) = csv_line([text]).splitlines()
    (cell,) = next(csv.reader([line]))
    assert cell.startswith("'")
    assert cell == "'" + printable(text).replace("\n", "\\n")


def test_numbers_stay_numbers():
    assert csv_line([-1.5, 3, None, "-1.5", "+2", "1e-3", "+", "-"]) == "-1.5,3,,-1.5,+2,1e-3,+,-\n"


def test_cells_with_commas_and_quotes_are_read_again():
    assert next(csv.reader([csv_line(['a,b"c', "\x1b[1m"])])) == ['a,b"c', "\\x1b[1m"]


def test_a_stream_escapes_control_characters_but_not_those_of_a_progress_bar():
    under = io.StringIO()
    stream = PrintableStream(under)
    print("data: \x1b[2J", "a\rb", file=stream)
    assert stream.write("\r 50%\r") == 6
    stream.write("\r")
    assert under.getvalue() == "data: \\x1b[2J a\\rb\n\r 50%\r\r"
    assert not stream.isatty()


def test_a_stream_shows_what_its_encoding_does_not_have():
    under = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert PrintableStream(under).write("d\xf6g \u732b\n") == 6
    under.flush()
    assert under.buffer.getvalue() == b"d\\xf6g \\u732b\n"


def test_errors_escape_control_characters():
    error = FormatError("x.csv: got the class \x1b[31mred", path="x.csv")
    assert str(error) == "x.csv: got the class \\x1b[31mred"
    assert str(error.reworded(f"again: {error}")) == "again: x.csv: got the class \\x1b[31mred"


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (17274773784.5494, "1.727e+10"),
        (0.0000032, "3.2e-06"),
        (0.302649, "0.3026"),
        (99.856, "99.86"),
        (0.0, "0"),
        (1.0, "1"),
        (1234567, "1234567"),
        (None, "not finite"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_four_digits_are_kept_at_any_size(figure, text):
    assert four_digits(figure) == text
