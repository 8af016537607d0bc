"""Text for people: data made safe to show in a terminal or a spreadsheet, and figures with four digits.

A terminal obeys control characters: they clear the screen, rename the window and reverse the direction of text.
A spreadsheet runs a cell that begins with "=" as a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

# Control characters except the end of a line; half surrogate pairs, which no terminal can encode; separators of lines
# and paragraphs; characters that change the direction of writing. Letters of every script and their joiners stay.
_CONTROL = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def printable(text: str) -> str:
    r"""Return the text with each control character written as Python writes it, such as ``\x1b``.

    Ends of lines are not changed.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode-escape").decode(), text)


class PrintableStream:
    r"""Wrap a text stream, and pass each text through `printable` before it is written.

    Characters that the stream cannot encode are written as Python writes them, such as ``\u732b``. Carriage returns at
    the start and the end of a text are kept: a progress bar needs them. All other attributes are those of the wrapped
    stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text with its control characters escaped, and return the length of the given text."""
        inner = text.strip("\r")
        before, _, after = text.partition(inner) if inner else (text, "", "")
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        shown = printable(inner).encode(encoding, "backslashreplace").decode(encoding)
        self._stream.write(before + shown + after)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def csv_line(values: Iterable[object]) -> str:
    r"""Return the values as one line of comma-separated text that ends in a newline.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, which marks it as text. Control
    characters and newlines within a text are escaped (``\x1b``, ``\n``). Numbers stay numbers.
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
    """Return a float as text with four significant digits, and an int with all of its digits.

    Zeros at the end of a fraction are left out. None gives "not finite", because JSON holds None for NaN and infinity.
    """
    if figure is None:
        return "not finite"
    return str(figure) if isinstance(figure, int) else f"{figure:.4g}"


def cut(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` characters: of a longer one the beginning, with three dots in one letter."""
    return text if len(text) <= longest else f"{text[: longest - 1]}\u2026"


def first_of(texts: Sequence[str]) -> str:
    """Return the first five texts of many that tell what is wrong, and how many more there are."""
    more = [f"{len(texts) - 5:,} more"] * (len(texts) > 5)
    return "; also ".join([*texts[:5], *more])
