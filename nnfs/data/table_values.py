"""The values of a table: read column by column, as numbers or as texts."""

from __future__ import annotations

import re
import shlex
from array import array as NumberList  # noqa: N812
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..arguments.dates import DATE
from ..arguments.frames import MISSING, Texts
from ..errors import FormatError
from ..printable import first_of
from .table_columns import Columns, has_numbers
from .table_lines import DECIMAL_COMMA, fix_for_comments, read_lines, read_number, read_numbers, read_whole, with_point

TRUTHS = {"true": 1.0, "false": 0.0}
OTHER_NUMBER = re.compile(r"[+\-\u2212$\u20ac\u00a3\s]*[0-9][0-9,.'\s]*[%$\u20ac\u00a3]?")
"""Numbers as people write them: with marks between thousands, decimal commas, units of money."""
CHUNK = 1024
"""How many lines are turned into columns at a time."""


class Values(NamedTuple):
    """Hold the values of a table.

    Attributes
    ----------
    lines : sequence of int
        The number of the line of each sample.
    features : list of array (N,) or list of texts
        The columns of x: numbers with NaN, or texts with None, where a value is missing.
    labels : list of str
        The labels as texts; empty where there are none.
    weights : list of float
        The weight of each sample; empty without weights.
    truths, inexact : dict with the keys of a set
        The names of the columns that hold True or False, and whole numbers that float64 cannot hold exactly.
    """

    lines: Sequence[int]
    features: list[Array | Texts]
    labels: list[str]
    weights: Sequence[float]
    truths: dict[str, None]
    inexact: dict[str, None]

    def without_first(self) -> Values:
        """Return the values without those of the first line."""
        shorter = [column[1:] for column in self.features]
        return self._replace(lines=self.lines[1:], features=shorter, labels=self.labels[1:], weights=self.weights[1:])


class TableReader:
    """Read the values of a table, chunk by chunk.

    Parameters
    ----------
    path : str
        The file.
    mark : str
        What separates values. If it is no comma, numbers may have a decimal comma.
    columns : Columns
        The role of each column.
    top : list of lists of str
        The first samples, which decide what each column of x holds.
    are_texts : list of bool, or None
        Which columns of x hold texts, as in the training; None where ``top`` decides it.
    target : str, int or None
        The column of the labels as the user gave it, for messages.
    gaps : str or None
        Why missing values are an error, for its message; None where they are not.
    """

    def __init__(
        self,
        path: str,
        mark: str,
        columns: Columns,
        top: list[list[str]],
        are_texts: list[bool] | None,
        target: str | int | None,
        gaps: str | None,
    ) -> None:
        self.path, self.mark, self.columns, self.target, self.gaps = path, mark, columns, target, gaps
        self.is_known = are_texts is not None
        self.kinds: dict[int, str] = {}
        for index, column in enumerate(columns.numbers):
            texts = [row[column] for row in top if column < len(row)]
            is_text = _holds_texts(texts) if are_texts is None else are_texts[index]
            is_truth = bool(texts) and all(text.lower() in TRUTHS for text in texts)
            self.kinds[column] = "text" if is_text else "truth" if is_truth else "number"
        self.parts: dict[int, list[Array]] = {column: [] for column in columns.numbers}
        self.texts: dict[int, Texts] = {column: [] for column in columns.numbers}
        self.lines, self.weights = NumberList("q"), NumberList("d")
        self.values = Values(self.lines, [], [], self.weights, {}, {})
        # Arrow reads numbers with commas only where the first lines have them.
        numbers = [column for column, kind in self.kinds.items() if kind == "number"]
        self.has_commas = mark != "," and any(
            DECIMAL_COMMA.fullmatch(row[column]) for row in top for column in numbers if column < len(row)
        )
        self.has_points = False

    def read(self, needs_labels: bool, may_lack_labels: bool) -> Values:
        """Return the values of all lines that are samples; raise FormatError for the first wrong value."""
        width, label = len(self.columns.first), self.columns.label
        rows: list[list[str]] = []
        unlabelled = has_labels = 0
        for line, row in read_lines(self.path, int(self.columns.has_names), self.mark):
            if len(row) == width + 1 and not row[-1]:
                del row[-1]  # a comma at the end of the line
            if len(row) != width:
                fix = fix_for_comments(self.path) if row[0].startswith("#") else ""
                raise FormatError(f"line {line}: got {len(row)} values, wanted {width}, as in line 1{fix}")
            self.lines.append(line)
            rows.append(row)
            if label is not None:
                has_labels = has_labels or (line if row[label] else 0)
                unlabelled = unlabelled or (0 if row[label] else line)
                if needs_labels and not may_lack_labels and unlabelled and has_labels:
                    raise FormatError(
                        f"line {unlabelled}, column {self.columns.name(label)!r}: got no label; wanted one in each "
                        "line, or in none: leave the line out"
                    )
            if len(rows) == CHUNK:
                self._take(rows)
                rows = []
        if rows:
            self._take(rows)
        if self.has_commas and self.has_points:
            raise FormatError("some numbers have a decimal comma and others a point, wanted one of them in all")
        for column in self.columns.numbers:
            is_text = self.kinds[column] == "text"
            self.values.features.append(
                self.texts[column] if is_text else np.concatenate(self.parts[column] or [np.empty(0)])
            )
        return self.values

    def _take(self, rows: list[list[str]]) -> None:
        """Append the values of some lines."""
        by_column = list(zip(*rows, strict=True))
        wrong: list[tuple[int, int]] = []  # the first row of each column that is wrong
        for column in self.columns.numbers:
            texts = by_column[column]
            if self.kinds[column] == "text":
                wrong += self._dates(texts, column)
                found = [None if text.lower() in MISSING else text for text in texts]
                self.texts[column] += found
                if self.gaps is not None and None in found:
                    wrong.append((found.index(None), column))
            else:
                numbers, bad = self._numbers(texts, column)
                self.parts[column].append(numbers)
                wrong += [] if bad is None else [(bad, column)]
        columns = self.columns
        if columns.weight is not None:
            numbers, _ = self._numbers(by_column[columns.weight], columns.weight)
            wrong += [(int(row), columns.weight) for row in np.flatnonzero(np.isnan(numbers))[:1]]
            self.weights.extend(numbers.tolist())
        if wrong:
            first = {column: row for row, column in sorted(wrong, reverse=True)}
            told = []
            for row, column in sorted((row, column) for column, row in first.items()):
                line = self.lines[len(self.lines) - len(rows) + row]
                fix = "" if column == columns.weight else self._fix(rows[row][column], column)
                told.append(str(no_number(rows[row][column], line, columns.name(column), fix)))
            raise FormatError(first_of(told))
        if columns.label is not None:
            labels = by_column[columns.label]
            self.values.labels.extend(labels if self.mark == "," else map(with_point, labels))

    def _numbers(self, texts: tuple[str, ...], column: int) -> tuple[Array, int | None]:
        """Return texts as numbers, NaN for those that are missing, and the row of the first text that is neither."""
        joined = "".join(texts)
        if self.mark != ",":
            self.has_points |= "." in joined
            if "," in joined:
                self.has_commas, texts = True, tuple(map(with_point, texts))
        found = read_numbers(texts)
        if found is not None:
            return found, None
        numbers, wrong = np.empty(len(texts)), None
        for row, text in enumerate(texts):
            number = read_number(text)
            if number is None and text.lower() in TRUTHS:
                self.values.truths[self.columns.name(column)] = None
                number = TRUTHS[text.lower()]
            if number is None:
                number = np.nan
                if wrong is None and (self.gaps is not None or text.lower() not in MISSING):
                    wrong = row
            elif abs(number) >= 2**53 and read_whole(text) not in (None, number):
                self.values.inexact[self.columns.name(column)] = None
            numbers[row] = number
        return numbers, wrong

    def _dates(self, texts: tuple[str, ...], column: int) -> list[tuple[int, int]]:
        """Return the first row with a date, and the column, where most texts are dates; [] for other columns."""
        dates = [row for row, text in enumerate(texts) if DATE.fullmatch(text)]
        return [(dates[0], column)] if 2 * len(dates) > len(texts) else []

    def _fix(self, text: str, column: int) -> str:
        """Return the hint for a text in a column of numbers: what to write instead; "" if there is none."""
        name = self.columns.name(column)
        leave_out = f"leave the column out: --drop {shlex.quote(name)}, in Python drop=[{name!r}]"
        if self.columns.has_names and has_numbers(self.columns.first):
            return "; line 1 is taken for the names of the columns"
        if text.lower() in MISSING:
            return f"; {self.gaps}"
        if DATE.fullmatch(text):
            days = "; for a date or time, write a number, such as days since the first"
            return days if self.is_known else f"{days}, or {leave_out}"
        if OTHER_NUMBER.fullmatch(text):
            return "; write numbers with a point, as in 1234.5, and nothing else"
        if _is_float(text):  # infinite, or written in digits of another script
            return ""
        if self.is_known:  # nothing may be left out of what the training had
            return ", or True or False"
        label = f"; if it holds the labels: --target {shlex.quote(name)}, in Python target={name!r}"
        return (label if self.target is None else "") + f"; most values of this column are numbers; {leave_out}"


def no_number(text: str, line: int, name: str, fix: str = "") -> FormatError:
    """Return the error for a text in the place of a number."""
    got = repr(text[:50]) if text else "nothing"
    return FormatError(f"line {line}, column {name!r}: got {got}, wanted a finite number{fix}")


def _holds_texts(texts: list[str]) -> bool:
    """Return whether most values of a column are texts."""
    known = [text for text in texts if text.lower() not in MISSING]
    others = [text for text in known if read_number(text) is None and text.lower() not in TRUTHS]
    # Numbers as people write them are no words, although a program cannot read them.
    words = [text for text in others if DATE.fullmatch(text) or not (OTHER_NUMBER.fullmatch(text) or _is_float(text))]
    return 2 * len(words) > len(known)


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
