"""The lines of a table: splitting them into values, at the character that separates these."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError
from ..system.files import open_regular

MARKS = {";": "';'", ",": "','", "\t": "tabs, as in .tsv files", "|": "'|'", " ": "blanks"}
"""Separators that tables use, and what messages call them."""
SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\s*")
"""A first line such as ``sep=;``, which tells Excel the separator of the table."""
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*")


def read_lines(path: str, skip: int = 0, mark: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number, counted from 1, and the values of each line of a table.

    The character ``mark`` separates values; None is that of the file's name. Empty lines, a first line ``sep=,`` and
    the first ``skip`` other lines are left out. Blanks around values are removed. Raises FormatError for a line that is
    no UTF-8 text or has wrong quotes.
    """
    import csv

    with open_regular(path) as file:
        # Lines are decoded one by one, so that an error can name its line. Old files end lines with "\r" alone.
        pieces = (piece for raw in file for piece in raw.splitlines(keepends=True))
        lines = (piece.decode("utf-8" if number else "utf-8-sig") for number, piece in enumerate(pieces))
        table = ("\n" if not number and SEPARATOR_LINE.fullmatch(line) else line for number, line in enumerate(lines))
        reader = csv.reader(table, delimiter=mark or own_mark(path), strict=True, skipinitialspace=True)
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


def find_mark(path: str, features: int | None) -> str:
    """Return the character that separates the values of a table: that of the file's name, or what its lines show.

    A first line ``sep=;`` names it. ``features`` is the number of columns of x, or None. Raises FormatError where
    blanks separate the values; the message shows the line of code that converts the file.
    """
    with open_regular(path) as file:
        first = next(iter(file), b"")[:100].decode("utf-8-sig", "replace")
    if named := SEPARATOR_LINE.fullmatch(first):
        return named[1]
    for line, row in islice(read_lines(path), 2):
        mark = other_mark(row, own_mark(path), features)
        if mark == " ":
            raise FormatError(
                f"line {line}: its values are separated by {MARKS[mark]}, wanted {MARKS[own_mark(path)]}; to write it "
                f"anew: {fix_for_blanks()}"
            )
        if mark is not None:
            return mark
    return own_mark(path)


def other_mark(row: list[str], own: str, features: int | None) -> str | None:
    """Return the character that separates the values of a line which was split at another one, ``own``; None for none.

    ``features`` is the number of columns of x, or None: a table of one column may contain any character.
    """
    text = own.join(row)
    for mark in MARKS:
        parts = text.split(mark)
        if mark == own or len(parts) == 1:
            continue
        texts = [part for part in parts if read_number(part.replace(",", ".", 1)) is None]
        has_commas = own == "," and len(row) > 1 and any(map(DECIMAL_COMMA.fullmatch, parts))
        has_commas = has_commas and len(texts) <= (mark != " ")  # words of a text, such as 1 Jan 2024, are no values
        # Names may contain blanks.
        is_one_value = len(row) == 1 and features != 1 and (mark != " " or not texts)
        if has_commas or is_one_value:
            return mark
    return None


def fix_for_blanks() -> str:
    """Return the code that writes a table anew, with commas instead of blanks."""
    return "pandas.read_csv(path, sep=' ').to_csv('new.csv', index=False)"


def with_point(text: str) -> str:
    """Return a number with a decimal comma as one with a decimal point; any other text as it is."""
    return text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text


def check_no_comment(first: list[str], path: str, mark: str) -> None:
    """Raise FormatError if the first line is a comment: it begins with #, and has other values than the lines below.

    A first line with one value for each column names them, as that of ``numpy.savetxt`` does.
    """
    if not first[0].startswith("#"):
        return
    below = next((row for _, row in read_lines(path, mark=mark) if not row[0].startswith("#")), first)
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


def read_numbers(texts: Sequence[str]) -> Array | None:
    """Return texts (N,) as numbers, or None if one of them is no number or so large that it may not be exact."""
    try:
        numbers = np.array(list(map(float, texts)))
    except ValueError:
        return None
    joined = "".join(texts)
    is_plain = "_" not in joined and joined.isascii() and bool((np.abs(numbers) < 2**53).all())
    return numbers if is_plain else None


def read_whole(text: str) -> int | None:
    """Return a text of digits, perhaps with a sign, as an exact int, or None for any other text."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits.lstrip("0")) > 400:  # no float is longer
        return None
    number = int(digits.lstrip("0") or "0")
    return -number if text[0] == "-" else number


def are_digits(texts: Sequence[str]) -> bool:
    """Return whether all texts are digits, so that they are exact whole numbers; a text may also be empty."""
    joined = "".join(texts)
    return joined.isascii() and joined.isdigit()


def own_mark(path: str) -> str:
    """Return the character that separates values as the file's name says: a tab or a comma."""
    return "\t" if path.lower().endswith(".tsv") else ","
