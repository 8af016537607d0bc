"""Text tables with aligned columns, which are grouped by vertical bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

MISSING = "-"

Entry = TypeVar("Entry")
Column: TypeAlias = tuple[str, str, Callable[[Entry], str]]
"""The group of a column, its heading, and a function that returns the text of an entry's cell."""


def aligned(entries: Sequence[Entry], columns: Sequence[Column[Entry]]) -> str:
    """Return a text table with one line for each entry, below a line of group names and a line of headings.

    The text does not end in a newline.
    """
    cells = [[heading, *(show(entry) for entry in entries)] for _, heading, show in columns]
    widths = [max(map(len, column)) for column in cells]
    groups = [group for group, _, _ in columns]
    # A bar stands before each group of columns.
    gaps = ["" if index == 0 else "  " if group == groups[index - 1] else " | " for index, group in enumerate(groups)]
    lines = [_group_line(groups, widths, gaps)]
    for number in range(len(entries) + 1):
        line = cells[0][number].ljust(widths[0])
        for gap, column, width in zip(gaps[1:], cells[1:], widths[1:], strict=True):
            line += gap + column[number].rjust(width)
        lines.append(line)
    lines.insert(2, "".join("+" if character == "|" else "-" for character in lines[1]))
    return "\n".join(lines)


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as a percentage with two decimals, such as "86.60%"; "-" for None."""
    return MISSING if share is None else f"{100 * share:.2f}%"


def _group_line(groups: list[str], widths: list[int], gaps: list[str]) -> str:
    """Return the line above the headings, with the name of each group centred over its columns."""
    line, index = "", 0
    while index < len(groups):
        end = index
        while end < len(groups) and groups[end] == groups[index]:
            end += 1
        span = sum(widths[index:end]) + sum(map(len, gaps[index + 1 : end]))
        line += gaps[index] + groups[index].center(span)
        index = end
    return line.rstrip()
