"""The lines of a table: splitting them into values, and checks of the separator."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ..errors import FormatError
from ..system.files import open_regular

MARKS = {";": "';'", ",": "','", "\t": "tabs, as in .tsv files", "|": "'|'", " ": "blanks"}
"""Separators that tables use, and what messages call them."""
SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\s*")
"""A first line such as ``sep=;``, which tells Excel the separator of the table."""
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def read_lines(path: str, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number, counted from 1, and the values of each line of a CSV or TSV file.

    Empty lines, a first line ``sep=,`` and the first ``skip`` other lines are left out. Blanks around values are
    removed. Raises FormatError for a line that is no UTF-8 text or has wrong quotes.
    """
    import csv

    with open_regular(path) as file:
        # Lines are decoded one by one, so that an error can name its line. Old files end lines with "\r" alone.
        pieces = (piece for raw in file for piece in raw.splitlines(keepends=True))
        lines = (piece.decode("utf-8" if number else "utf-8-sig") for number, piece in enumerate(pieces))
        table = _without_separator_line(lines, path)
        reader = csv.reader(table, delimiter=_delimiter(path), strict=True, skipinitialspace=True)
        try:
            for row in reader:
                if row and skip:
                    skip -= 1
                elif row:
                    yield reader.line_num, [value.strip() for value in row]
        except UnicodeDecodeError as error:
            text = f"line {reader.line_num + 1}: is not UTF-8 text; save the table as UTF-8 (Excel: CSV UTF-8)"
            raise FormatError(text) from error
        except csv.Error as error:
            raise FormatError(f"line {reader.line_num}: {error}") from error


def _without_separator_line(lines: Iterator[str], path: str) -> Iterator[str]:
    """Yield the lines, with a first line ``sep=,`` made empty; raise FormatError if it names another separator."""
    first = next(lines, "")
    found = SEPARATOR_LINE.fullmatch(first)
    own = _delimiter(path)
    if found and found[1] != own:
        raise FormatError(
            f"line 1: says that {MARKS.get(found[1], repr(found[1]))} separate values, wanted {MARKS[own]}; to write "
            f"it anew: pandas.read_csv(path, sep={found[1]!r}, skiprows=1).to_csv('new.csv', index=False), with "
            "decimal=',' too where numbers have a decimal comma"
        )
    yield "\n" if found else first
    yield from lines


def check_marks(line: int, row: list[str], path: str, features: int | None) -> None:
    """Raise FormatError if the values of a line are separated by another character than the file's name implies.

    ``features`` is the number of columns of x, or None. The message shows the line of code that converts the file.
    """
    own = _delimiter(path)
    text = own.join(row)
    for mark, words in MARKS.items():
        parts = text.split(mark)
        if mark == own or len(parts) == 1:
            continue
        texts = [part for part in parts if read_number(part.replace(",", ".", 1)) is None]
        has_commas = own == "," and len(row) > 1 and any(map(DECIMAL_COMMA.fullmatch, parts)) and len(texts) <= 1
        # Names may contain blanks, and a table of one column may contain any of these characters.
        is_one_value = len(row) == 1 and features != 1 and (mark != " " or not texts)
        if has_commas or is_one_value:
            commas = ", and numbers have a decimal comma, wanted a point" if has_commas else ""
            # Tables with semicolons mostly have decimal commas; a line of names does not show them.
            is_likely = has_commas or (mark == ";" and len(texts) == len(parts))
            options = f"sep={mark!r}" + (", decimal=','" if is_likely else "")
            raise FormatError(
                f"line {line}: its values are separated by {words}, wanted {MARKS[own]}{commas}; to write it anew: "
                f"pandas.read_csv(path, {options}).to_csv('new.csv', index=False)"
            )


def check_no_comment(first: list[str], path: str) -> None:
    """Raise FormatError if the first line is a comment: it begins with #, and has other values than the lines below.

    A first line with one value for each column names them, as that of ``numpy.savetxt`` does.
    """
    if not first[0].startswith("#"):
        return
    below = next((row for _, row in read_lines(path) if not row[0].startswith("#")), first)
    if len(below) != len(first) and (len(below) != len(first) + 1 or below[-1]):
        text = "line 1: begins with #, as a comment does, wanted the names of the columns, or a sample"
        raise FormatError(text + fix_for_comments(path))


def fix_for_comments(path: str) -> str:
    """Return the hint for lines that begin with #: how to write the table without them."""
    tabs = ", sep='\\t'" if path.lower().endswith(".tsv") else ""
    index = f"to_csv('new.tsv', index=False{tabs})" if tabs else "to_csv('new.csv', index=False)"
    return f"; remove the lines that begin with #, or: pandas.read_csv(path, comment='#'{tabs}).{index}"


def read_number(text: str) -> float | None:
    """Return a text as a finite float, or None; "1_000", "nan" and digits of other scripts are refused."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text and text.isascii() else None


def read_whole(text: str) -> int | None:
    """Return a text of digits, perhaps with a sign, as an exact int, or None for any other text."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits.lstrip("0")) > 400:  # no float is longer
        return None
    number = int(digits.lstrip("0") or "0")
    return -number if text[0] == "-" else number


def _delimiter(path: str) -> str:
    return "\t" if path.lower().endswith(".tsv") else ","
