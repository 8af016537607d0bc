"""Reading tables from CSV files: each row is a sample, one column holds the labels, all others hold numbers."""

from __future__ import annotations

import os
import re
import shlex
from array import array as NumberList  # noqa: N812
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from .._kernels.interface import Array
from ..arguments.arrays import as_float_dtype
from ..arguments.labels import is_whole
from ..errors import FormatError, naming
from .samples import SampleFile, Samples, as_names, describe_numbers, number_classes
from .table_columns import Columns, continues_from_0, find_columns, has_numbers, names_by_numbers
from .table_lines import check_marks, check_no_comment, fix_for_comments, read_lines, read_number, read_whole

TRUTHS = {"true": 1.0, "false": 0.0}
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", ".")
"""Texts that mark a missing value in a table."""
OTHER_NUMBER = re.compile(r"[+\-\u2212$\u20ac\u00a3\s]*[0-9][0-9,.'\s]*[%$\u20ac\u00a3]?")
"""Numbers as people write them: with marks between thousands, decimal commas, units of money."""
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*|\d{1,2}:\d{2}(:\d{2})?.*")


def read_csv(
    path: str | os.PathLike[str],
    *,
    target: str | int | None = None,
    sample_weight: str | None = None,
    class_names: tuple[str, ...] = (),
    features: int | None = None,
    columns: tuple[str, ...] = (),
    needs_labels: bool = True,
    dtype: DTypeLike = "float32",
) -> SampleFile:
    """Read samples from a CSV file in UTF-8: comma-separated, or tab-separated if its name ends in ``.tsv``.

    The first line may hold the names of the columns. It is read as names if it has a text where samples need a number,
    if its numbers count the columns from 0, or if its label is a text above numbers or a number above texts. True and
    False are the numbers 1 and 0. Labels that are all whole numbers are classes. Labels that are all numbers, with
    fractions among them, are numbers to predict. All other labels are names of classes. A column of labels that is
    empty in all lines is ignored. Excel's first line ``sep=,`` is skipped, and so is one comma too many at the end of
    each line.

    Parameters
    ----------
    path : path
        A regular file.
    target : str, int or None
        The column with the labels: its name, or its number, which counts from 0 at the left or from -1 at the right.
        None is the last column. A text that is the name of one column and the number of another is an error.
    sample_weight : str or None
        The name of the column with the weight of each sample.
    class_names : tuple of str
        The names that classes must have; () takes those that are found.
    features : int or None
        How many numbers a sample has. A table with exactly this many columns has no labels.
    columns : tuple of str
        The names of the columns that x must have, in this order. The table may hold them in any order, with or without
        the columns of ``target`` and ``sample_weight``, and no others. () takes all columns.
    needs_labels : bool
        Whether labels are read; if not, their column may hold anything.
    dtype : "float32" or "float64"
        The dtype of x, and of numbers to predict.

    Returns
    -------
    SampleFile
        ``x`` of shape (N, D); ``changes`` lists in words what was guessed, and how to choose otherwise.

    Raises
    ------
    FormatError
        For the first wrong value; the message names path, line and column, what was got and what was wanted.
    ValueError
        For a column that does not exist.
    OSError
        For a file that cannot be read.
    """
    with naming(path):
        floats = as_float_dtype(dtype)
        return _read(os.fspath(path), target, sample_weight, class_names, features, columns, needs_labels, floats)


def _has_trailing_mark(path: str, first: list[str]) -> bool:
    """Return whether the commas at the ends of the first two lines are one too many, and mean no empty column.

    They could also mean a column of labels that is empty. They do not if line 1 holds names only, or if the values
    before them are texts, which are labels themselves.
    """
    below = next((row for _, row in islice(read_lines(path), 1, 2)), [])
    if min(len(first), len(below)) < 3 or first[-1] or below[-1]:
        return False
    are_names = not any(read_number(name) is not None for name in first)
    return are_names or (read_number(first[-2]) is None and read_number(below[-2]) is None)


class _Values(NamedTuple):
    """Hold the values of a table: line numbers, numbers line by line, labels, weights, and facts about them."""

    lines: NumberList[int]
    numbers: NumberList[float]
    labels: list[str]
    weights: NumberList[float]
    truths: set[int]
    """The columns that hold True or False."""
    inexact: set[int]
    """The columns with whole numbers that float64 cannot hold exactly."""


def _read(
    path: str,
    target: str | int | None,
    sample_weight: str | None,
    class_names: tuple[str, ...],
    features: int | None,
    wanted: tuple[str, ...],
    needs_labels: bool,
    dtype: np.dtype[np.generic],
) -> SampleFile:
    line, first = next(read_lines(path), (0, []))
    if not first:
        raise FormatError("is empty, wanted a line for each sample")
    check_no_comment(first, path)
    check_marks(line, first, path, features)
    trails = _has_trailing_mark(path, first)
    first = first[:-1] if trails else first
    wanted = tuple(name.strip() for name in wanted)
    columns = find_columns(first, target, sample_weight, features, wanted)
    if not columns.numbers:
        raise FormatError(f"line 1 has {len(first)} column(s), wanted numbers beside the labels")
    values = _read_values(path, columns, target, features, needs_labels)
    if not values.numbers:
        raise FormatError("has the names of columns alone, wanted a line for each sample")
    exact = np.array(values.numbers).reshape(-1, len(columns.numbers))
    is_guess = not columns.has_names and names_by_numbers(columns, exact, values.labels, class_names)
    if is_guess:
        columns, exact = columns._replace(has_names=True), exact[1:]
        del values.lines[0], values.labels[:1], values.weights[:1]
    x = _as_dtype(exact, dtype, [columns.name(column) for column in columns.numbers])
    y, found = None, class_names
    told: tuple[str, ...] = ()
    if needs_labels and columns.label is not None and any(values.labels):
        y, found, told = _labels(values, class_names, dtype, columns.name(columns.label))
    changes = _of_numbers(x, y, exact, values, columns) + _of_names(columns, is_guess, wanted, values.labels)
    changes += told + ("an empty last column is left out",) * trails
    samples = Samples(x, y, None if columns.weight is None else np.array(values.weights))
    if not columns.has_names or len(set(first)) < len(first):
        return SampleFile(samples, None, found, changes=changes)
    shown = tuple(map(columns.name, columns.numbers))
    name = None if columns.label is None or (y is None and needs_labels) else columns.name(columns.label)
    return SampleFile(samples, None, found, shown, name, changes)


def _read_values(
    path: str, columns: Columns, target: str | int | None, features: int | None, needs_labels: bool
) -> _Values:
    """Return the values of all lines that are samples; raise FormatError for the first wrong value."""
    values = _Values(NumberList("q"), NumberList("d"), [], NumberList("d"), set(), set())
    width, unlabelled = len(columns.first), 0
    for line, row in read_lines(path, skip=int(columns.has_names)):
        if not values.numbers:
            check_marks(line, row, path, features)
        values.lines.append(line)
        if len(row) == width + 1 and not row[-1]:
            del row[-1]  # a comma at the end of the line
        if len(row) != width:
            fix = fix_for_comments(path) if row[0].startswith("#") else ""
            raise FormatError(f"line {line}: got {len(row)} values, wanted {width}, as in line 1{fix}")
        for column in columns.numbers:
            values.numbers.append(_number(row[column], line, column, columns, target, values))
        if columns.label is not None:
            label = row[columns.label]
            unlabelled = unlabelled if label else unlabelled or line
            values.labels.append(label)
            if needs_labels and unlabelled and (label or values.labels[0]):
                raise FormatError(
                    f"line {unlabelled}, column {columns.name(columns.label)!r}: got no label; wanted one in each "
                    "line, or in none: leave the line out"
                )
        if columns.weight is not None:
            text = row[columns.weight]
            if (weight := read_number(text)) is None:
                raise _no_number(text, line, columns.name(columns.weight))
            values.weights.append(weight)
    return values


def _number(text: str, line: int, column: int, columns: Columns, target: str | int | None, values: _Values) -> float:
    """Return a value of x as a number, and note facts about it in ``values``; raise FormatError for no number."""
    number = read_number(text)
    if number is None and text.lower() in TRUTHS:
        values.truths.add(column)
        return TRUTHS[text.lower()]
    if number is None:
        raise _no_number(text, line, columns.name(column), _fix(text, column, columns, target))
    if abs(number) >= 2**53 and read_whole(text) not in (None, number):
        values.inexact.add(column)
    return number


def _no_number(text: str, line: int, name: str, fix: str = "") -> FormatError:
    got = repr(text[:50]) if text else "nothing"
    return FormatError(f"line {line}, column {name!r}: got {got}, wanted a finite number{fix}")


def _fix(text: str, column: int, columns: Columns, target: str | int | None) -> str:
    """Return the hint for a text in a column of numbers: what to write instead; "" if there is none."""
    name = columns.name(column)
    if columns.has_names and has_numbers(columns.first):
        return "; line 1 is taken for the names of the columns"
    if text.lower() in MISSING:
        return "; where a value is missing, fill one in or leave the line out"
    if DATE.fullmatch(text):
        return "; for a date or time, write a number, such as days since the first, or leave the column out"
    if OTHER_NUMBER.fullmatch(text):
        return "; write numbers with a point, as in 1234.5, and nothing else"
    if text.lower() in ("yes", "no", "y", "n"):
        return "; write 1 and 0 for yes and no"
    if _is_float(text):  # infinite, or written in digits of another script
        return ""
    words = f"pandas.get_dummies(table, columns=[{name!r}])" if columns.has_names else "pandas.get_dummies"
    fix = f"; leave the column out, or write numbers for its words: {words}"
    if columns.has_names and columns.label is not None and target is None:  # pandas puts new columns at the end
        last = columns.name(columns.label)
        fix += f", and then --target {shlex.quote(last)}, in Python target={last!r}"
    label = f"; if it holds the labels: --target {shlex.quote(name)}, in Python target={name!r}"
    return label + fix if target is None else fix


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _as_dtype(exact: Array, dtype: np.dtype[np.generic], names: list[str]) -> Array:
    """Return numbers (N, D) rounded to ``dtype``; raise FormatError, which names the column, for one too large."""
    with np.errstate(all="ignore"):
        x = exact.astype(dtype)
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise FormatError(f"column {names[column]!r}: {exact[row, column]} is too large for {dtype}")
    return x


def _labels(
    values: _Values, class_names: tuple[str, ...], dtype: np.dtype[np.generic], name: str
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Return y (N,), the names of the classes, and sentences for `SampleFile.changes` about labels that are numbers."""
    labels = values.labels
    numbers, wholes = [read_number(label) for label in labels], [read_whole(label) for label in labels]
    if None in numbers or set(labels) <= set(class_names):
        names: list[str] | None = labels
    else:
        names = as_names(np.array(numbers, float), class_names)
    if names is not None:
        if not class_names:
            _check_no_gaps(labels, values.lines, name)
        classes, found = number_classes(names, class_names)
        return np.array(classes, np.int64), found, ()
    if None not in wholes:
        too_large = next((row for row, whole in enumerate(wholes) if not -(2**63) <= (whole or 0) < 2**63), None)
        if too_large is not None:
            raise FormatError(
                f"line {values.lines[too_large]}, column {name!r}: got {labels[too_large][:50]}, wanted a label below "
                "2**63; for a number to predict, write a decimal point"
            )
        return np.array(wholes, np.int64), class_names, describe_numbers(class_names)
    y = _as_dtype(np.array(numbers, float)[:, None], dtype, [name])[:, 0]
    return y, class_names, describe_numbers(class_names) if is_whole(y) else ()


def _check_no_gaps(labels: list[str], lines: NumberList[int], name: str) -> None:
    """Raise FormatError for a text among numbers that marks a missing value, and is no class of its own."""
    texts = [row for row, label in enumerate(labels) if read_number(label) is None]
    has_fractions = any(read_whole(label) is None and read_number(label) is not None for label in labels)
    gaps = texts if has_fractions else [row for row in texts if labels[row].lower() in MISSING]
    if gaps and len(texts) < len(labels):
        raise _no_number(labels[gaps[0]], lines[gaps[0]], name, ", as in other lines; leave lines without a label out")


def _of_names(columns: Columns, is_guess: bool, wanted: tuple[str, ...], labels: list[str]) -> tuple[str, ...]:
    """Return sentences for `SampleFile.changes` that tell how line 1 was read, if it may be names or a sample."""
    shown = ", ".join(columns.first)[:100]
    told: tuple[str, ...] = ()
    if not columns.has_names:
        if continues_from_0(columns.first, columns.label) or _is_alone(labels):
            told = (f"line 1 is taken for a sample: {shown}; if it names the columns, write words for names",)
        return told
    if has_numbers(columns.first) and (is_guess or not wanted):
        fix = "; if it is a sample, write a line of names above it" if is_guess else ""
        told = (f"line 1 is taken for the names of the columns: {shown}{fix}",)
    if any(not columns.name(column) for column in columns.numbers):
        told += ("a column without a name is taken for numbers, too; pandas writes none with index=False",)
    return told


def _is_alone(labels: list[str]) -> bool:
    """Return whether the first label is a text that occurs once, although some other labels occur twice or more."""
    others = labels[1:]
    return (
        bool(others) and read_number(labels[0]) is None and labels[0] not in others and len(set(others)) < len(others)
    )


def _of_numbers(x: Array, y: Array | None, exact: Array, values: _Values, columns: Columns) -> tuple[str, ...]:
    """Return sentences for `SampleFile.changes` that name the columns whose values were changed by rounding."""
    # Every dtype rounds fractions. Nobody expects that whole numbers, such as times in seconds, are rounded.
    are_cut = (x != exact).any(axis=0) & ~(exact % 1).any(axis=0)
    cut = [
        columns.name(column)
        for column, is_cut in zip(columns.numbers, are_cut, strict=True)
        if is_cut or column in values.inexact
    ]
    if y is not None and y.dtype.kind == "f" and columns.label is not None and _is_cut(y, values.labels):
        cut.append(columns.name(columns.label))
    told: tuple[str, ...] = (f"whole numbers in {', '.join(cut)[:200]} rounded to {x.dtype}",) if cut else ()
    if values.truths:
        shown = ", ".join(columns.name(column) for column in sorted(values.truths))[:200]
        told += (f"True and False in {shown} are read as 1 and 0",)
    return told


def _is_cut(y: Array, labels: list[str]) -> bool:
    """Return whether rounding changed a whole number among the labels; y (N,) holds the rounded ones."""
    return any(
        whole is not None and whole != number for whole, number in zip(map(read_whole, labels), y.tolist(), strict=True)
    )
