"""Texts of a network in source code: they may hold anything, and must never end a comment or a string."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...errors import UnsupportedError

LONGEST_STRING = 4095
"""The most bytes of a string that C99 lets every program use."""


def quoted(text: str) -> str:
    r"""Return a text as a Python string of printable ASCII in which no comment of C begins or ends.

    ``*/`` becomes ``*\x2f``, and ``??/``, which is a backslash to compilers of C99, becomes ``?\x3f/``.
    """
    return ascii(text).replace("*/", "*\\x2f").replace("/*", "/\\x2a").replace("??", "?\\x3f")


def c_strings(names: Sequence[str], what: str, fix: str) -> list[str]:
    """Return names as strings of C; raise UnsupportedError, which says what they are, for one that is too long."""
    longest = max(names, key=lambda name: len(name.encode()), default="")
    if len(longest.encode()) > LONGEST_STRING:
        raise UnsupportedError(
            f"save: {what} has {len(longest.encode()):,} bytes, {longest[:30]!r}...; C has at most {LONGEST_STRING:,}. "
            f"Shorten it: {fix}"
        )
    return [c_string(name) for name in names]


def c_number(number: float) -> str:
    """Return a number as C99 writes it in hexadecimal, exactly, without zeros at the end of its fraction."""
    mantissa, _, exponent = number.hex().partition("p")
    return f"{mantissa.rstrip('0').rstrip('.')}p{exponent}"


def c_string(text: str) -> str:
    r"""Return a text as a string of C, in UTF-8; bytes other than letters, digits and spaces are octal, as ``\303``."""
    return '"' + "".join(map(_c_character, text.encode())) + '"'


def _c_character(byte: int) -> str:
    character = chr(byte)
    return character if byte < 128 and (character.isalnum() or character in " _-.,") else f"\\{byte:03o}"


def in_lines(words: Iterable[str], width: int = 110) -> Iterator[str]:
    """Yield lines of words, one space between them, each of at most ``width`` characters if its words allow it."""
    line: list[str] = []
    length = 0
    for word in words:
        if line and length + len(word) > width:
            yield " ".join(line)
            line, length = [], 0
        line.append(word)
        length += len(word) + 1
    if line:
        yield " ".join(line)
