"""The columns of a table: whether the first line names them, and which columns hold labels and weights."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError
from .table_lines import read_number


class Columns(NamedTuple):
    """Hold the role of each column of a table; columns are given by number, counted from 0.

    Attributes
    ----------
    first : list of str
        The values of the first line.
    has_names : bool
        Whether the first line surely holds the names of the columns. If its values are numbers, only the other lines
        can tell, see `names_by_numbers`.
    numbers : list of int
        The columns of x, as they stand in the table.
    label, weight : int or None
        The columns of the labels and of the sample weights.
    """

    first: list[str]
    has_names: bool
    numbers: list[int]
    label: int | None
    weight: int | None

    def name(self, column: int) -> str:
        """Return the name of a column, or its number as text if the table does not name its columns."""
        return self.first[column] if self.has_names else str(column)


def find_columns(
    first: list[str],
    target: str | int | None,
    sample_weight: str | None,
    features: int | None,
    wanted: tuple[str, ...],
    dropped: tuple[str, ...] = (),
    *,
    is_sample: bool = False,
    has_texts: bool = False,
) -> Columns:
    """Find the role of each column of a table.

    Parameters
    ----------
    first : list of str
        The values of the first line.
    target, sample_weight : str, int or None
        The columns of the labels and the weights: a name, or a number that counts from 0 at the left or from -1 at the
        right. A target of None is the last column.
    features : int or None
        How many numbers a sample has; a table with exactly this many columns has no labels.
    wanted : tuple of str
        The names of the columns that x must have, or ().
    dropped : tuple of str
        The columns to leave out, by name or number. Of a table with ``wanted`` names they may be missing.
    is_sample : bool
        Whether the first line surely is a sample.
    has_texts : bool
        Whether columns of x may hold texts.

    Raises
    ------
    FormatError
        For a first line without the wanted names.
    ValueError
        For a column that does not exist, for a text that is the name of one column and the number of another, and for
        weights in the column of the labels.
    """
    width = len(first)
    if wanted and _has_wanted_names(first, wanted, target, sample_weight, has_texts):
        return Columns(first, True, *_matched(first, wanted, target, sample_weight, dropped))
    out = {_column(first, name, "drop") for name in dropped}
    label = None if width == features else _label(first, target, wanted)
    if target is None and label in out:  # the last one that is left
        label = max((column for column in range(width) if column not in out), default=None)
    weight = None if sample_weight is None else _column(first, sample_weight, "sample_weight")
    if weight is not None and weight == label:
        raise ValueError(f"sample_weight is {sample_weight!r}, the column of the labels; it must be another column")
    has_names = not is_sample and any(not _is_value(text) for column, text in enumerate(first) if column != label)
    # If the user gave a text that is no column number, it is a name, and the first line has names.
    has_names = has_names or any(
        isinstance(name, str) and column is not None and not _is_index(name, width)
        for name, column in ((target, label), (sample_weight, weight), *((name, 0) for name in dropped))
    )
    numbers = [column for column in range(width) if column not in (label, weight, *out)]
    return Columns(first, has_names, numbers, label, weight)


def has_numbers(first: list[str]) -> bool:
    """Return whether the first line holds a number, True or False, so that it could be a sample instead of names."""
    return any(map(_is_value, first))


def is_line_of_values(first: list[str], below: list[list[str]]) -> bool:
    """Return whether a first line with texts is a sample: each text is in its column below, numbers stand over numbers.

    ``below`` are some lines that follow. A line of names has neither.
    """
    return (
        bool(below)
        and not all(map(_is_value, first))
        and all(
            any(_is_value(row[column]) for row in below)
            if _is_value(text)
            else any(row[column] == text for row in below)
            for column, text in enumerate(first)
        )
    )


def names_by_numbers(columns: Columns, exact: Array, labels: Sequence[str], class_names: tuple[str, ...]) -> bool:
    """Return whether a first line of numbers holds the names of the columns, judged by the lines below it.

    ``exact`` (N, D) and ``labels`` (N,) are the values of all lines, with the first line in row 0. The first line holds
    names in each of three cases. Its label is a text above numbers, or a number above texts. Its numbers count the
    columns from 0, as pandas writes them. Its numbers are whole and all different, and all numbers below have
    fractions.
    """
    first, below = columns.first, exact[1:]
    if not len(below):
        return False
    has_fractions = (below % 1 != 0).all(axis=0)
    counts = continues_from_0(first, columns.label)
    if labels:
        are_numbers = [read_number(label) is not None for label in labels]
        if labels[0] in class_names:
            return False
        if labels[0] and labels[1] and are_numbers[0] not in are_numbers[1:]:
            return True
        if not are_numbers[0]:
            return counts and len(first) > 2 and len(below) > 1 and labels[0] not in labels[1:]
    if counts:
        # A line with only 0 and 1 may also be a sample.
        return len(first) > 2 or bool(has_fractions.any())
    heads = exact[0]
    is_each_another = len(np.unique(heads)) == len(heads) > 1
    return is_each_another and len(below) > 1 and bool((heads % 1 == 0).all() and has_fractions.all())


def continues_from_0(first: list[str], label: int | None) -> bool:
    """Return whether the first line is 0, 1, 2, ..., where column ``label`` may hold a text instead."""
    found = [read_number(text) for text in first]
    return all(
        number == column or (number is None and column == label and len(found) > 1)
        for column, number in enumerate(found)
    )


def _is_value(text: str) -> bool:
    return read_number(text) is not None or text.lower() in ("true", "false")


def _is_index(text: str, width: int) -> bool:
    """Return whether a text is the number of a column of a table with ``width`` of them: from -width to width - 1."""
    digits = text[1:] if text[:1] == "-" else text
    return digits.isascii() and digits.isdigit() and len(digits) < 10 and -width <= int(text) < width


def _label(first: list[str], target: str | int | None, wanted: tuple[str, ...]) -> int:
    """Return the number of the column with the labels: the column ``target``, or the last one for None.

    Raises ValueError if there is no such column, or FormatError, which lists ``wanted``, if these names are given.
    """
    try:
        return _column(first, -1 if target is None else target, "target")
    except ValueError as error:
        if not wanted or str(target).lstrip("-").isdigit():
            raise
        text = f"line 1: got {', '.join(first)[:200]}, wanted the names of the columns: {', '.join(wanted)[:200]}"
        raise FormatError(f"{text}, and {target} for the labels") from error


def _column(first: list[str], wanted: str | int, argument: str) -> int:
    """Return the number of a column, counted from 0, given by its name in the first line or by its number.

    Raises ValueError, which names ``argument``, for a column that does not exist and for a text with two meanings.
    """
    width, name = len(first), wanted.strip() if isinstance(wanted, str) else None
    places = [column for column, text in enumerate(first) if text == name]
    if name is None or _is_index(name, width):
        number = int(wanted)
        # A first line of numbers only may be a sample; with a text in it, its numbers are names.
        is_named = not all(map(_is_value, first)) and name is not None and number >= 0
        if is_named and places and places != [number]:
            raise ValueError(
                f"{argument} is {wanted!r}, the name of column {places[0]} and the number of the column "
                f"{first[number]!r}; write {argument} {places[0] - width} or {number - width}, counted from the end"
            )
    elif len(places) == 1:
        number = places[0]
    elif places:
        shown = ", ".join(map(str, places))
        raise ValueError(f"{argument} is {wanted!r}, the name of the columns {shown}; write the number of one")
    else:
        number = width
    if not -width <= number < width:
        parts = [part.strip() for part in (name or "").split(",")]
        if argument == "target" and len(parts) > 1 and set(parts) <= set(first):
            raise ValueError(
                f"target is {wanted!r}, {len(parts)} columns; a table has one. Try, for several numbers to predict: a "
                "network for each, or a .npz file with x and y (N, K)"
            )
        text = f"{argument} is {wanted!r}; it must be one of {', '.join(first)[:200]}, or from 0 to {width - 1}"
        nearest = get_close_matches(name or "", first, 1)
        text += f"; the nearest is {nearest[0]!r}" if nearest else ""
        raise ValueError(f"{text}; line 1 is taken for the names of the columns" if has_numbers(first) else text)
    return number % width


def _has_wanted_names(
    first: list[str], wanted: tuple[str, ...], target: str | int | None, sample_weight: str | None, has_texts: bool
) -> bool:
    """Return whether the first line of a table holds names, given the names that are wanted."""
    texts = sum(not _is_value(text) for text in first)
    # A sample has at most one text, its label. A wanted name that is a number proves nothing: it may be a value.
    names = {name for name in (*wanted, target) if isinstance(name, str) and not _is_value(name)}
    are_wanted = len(set(first)) == len(first) and set(first) - {target, sample_weight} == set(wanted)
    return (texts > (len(first) != len(wanted)) and not has_texts) or not names.isdisjoint(first) or are_wanted


def _matched(
    first: list[str],
    wanted: tuple[str, ...],
    target: str | int | None,
    sample_weight: str | None,
    dropped: tuple[str, ...],
) -> tuple[list[int], int | None, int | None]:
    """Return the numbers of the wanted columns, and those of label and weight, or None if they are missing.

    Raises FormatError when a wanted column is missing or a column is not known.
    """
    places = {name: column for column, name in reversed(list(enumerate(first)))}  # the first of each name
    missing = [name for name in wanted if name not in places]
    if missing:
        text = (
            f"line 1: there is no column {', '.join(missing)[:200]}; got {', '.join(first)[:200]}, wanted "
            f"{', '.join(wanted)[:200]}"
        )
        nearest = get_close_matches(missing[0], first, 1)
        text += f"; the nearest to {missing[0]!r} is {nearest[0]!r}" if nearest else ""
        raise FormatError(f"{text}; it is taken for the names of the columns" if has_numbers(first) else text)
    columns = [places[name] for name in wanted]
    label, weight = (_column_or_none(first, name, columns) for name in (target, sample_weight))
    known = {*columns, label, weight}
    unknown = [name for column, name in enumerate(first) if column not in known and name not in dropped]
    if unknown:
        got = f"the column {', '.join(unknown)[:200]}" if any(unknown) else "a column without a name"
        text = f"line 1: got {got}, wanted {', '.join(wanted)[:200]}"
        text += "" if target is None else f", and {target} for the labels"
        fix = "leave it out of the file" + ("" if all(unknown) else " (pandas: index=False)")
        raise FormatError(f"{text}; {fix}: only the columns of the training are known")
    return columns, label, weight


def _column_or_none(first: list[str], wanted: str | int | None, taken: list[int]) -> int | None:
    """Return the number of the column ``wanted``, or None if it does not exist or is in ``taken``.

    A text that is a name in the first line means this name, also if it is the number of another column.
    """
    if wanted in first:
        column = first.index(str(wanted))
    else:
        try:
            column = len(first) if wanted is None else _column(first, wanted, "column")
        except ValueError:
            column = len(first)
    return None if column in (*taken, len(first)) else column
