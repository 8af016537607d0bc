"""What people are shown: text out of data made safe for a terminal and a spreadsheet, and figures in four digits.

A terminal takes control characters for orders: they clear the screen, rename the window, and let text read backwards.
A spreadsheet takes a cell that begins with "=" for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TextIO

# Control characters but for the end of a line; half surrogate pairs, which no terminal's encoding has; separators of
# lines and paragraphs; what turns the direction of writing. All others stay: letters of any script and their joiners.
_ORDER = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def printable(text: str) -> str:
    r"""Return the text with each character that is an order to a terminal as Python writes it, such as ``\x1b``.

    Ends of lines stay.
    """
    return _ORDER.sub(lambda found: found[0].encode("unicode-escape").decode(), text)


class PrintableStream:
    r"""Write to a text stream what `printable` makes of each text; all else is the stream's own.

    Characters that the stream's encoding does not have are written as Python writes them, such as ``\u732b``. Returns
    of the carriage stay at the two ends of a text, which is where a progress bar has them.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, and return its length."""
        inner = text.strip("\r")
        before, _, after = text.partition(inner) if inner else (text, "", "")
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        shown = printable(inner).encode(encoding, "backslashreplace").decode(encoding)
        self._stream.write(before + shown + after)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def csv_line(values: Iterable[object]) -> str:
    """Return a line of comma-separated values, with its end.

    A text that a spreadsheet would take for a formula has an apostrophe before it, by which spreadsheets know a text;
    numbers stay numbers. No text is an order to a terminal or goes on in another line.
    """
    import csv
    import io

    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_cell(v) if isinstance(v, str) else v for v in values])
    return line.getvalue()


def _cell(text: str) -> str:
    bare = text.strip(" ")
    is_formula = len(bare) > 1 and bare.startswith(_FORMULA) and not _is_number(text)
    return printable(f"'{text}" if is_formula else text).replace("\n", "\\n")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def four_digits(figure: float | None) -> str:
    """Return a figure with four significant digits, an integer with all of its own.

    Zeros at the end of decimals are left out. None, which stands in JSON for what is no number, is "not finite".
    """
    if figure is None:
        return "not finite"
    return str(figure) if isinstance(figure, int) else f"{figure:.4g}"
