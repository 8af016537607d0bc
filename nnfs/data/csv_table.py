"""Reading tables from CSV files: a row is a sample, one column its label, all others its numbers."""

from __future__ import annotations

import math
import os
from array import array as NumberList  # noqa: N812
from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike

from .._kernels.interface import Array
from ..arrays import as_float_dtype
from ..errors import FormatError, naming
from ..files import open_regular
from .samples import SampleFile, Samples, describe_numbers, number_classes

MARKS = {";": "';'", ",": "','", "\t": "tabs, as in .tsv files"}
"""What may stand between values, in words."""


def read_csv(
    path: str | os.PathLike[str],
    *,
    target: str | int | None = None,
    sample_weight: str | None = None,
    class_names: tuple[str, ...] = (),
    features: int | None = None,
    columns: tuple[str, ...] = (),
    dtype: DTypeLike = "float32",
) -> SampleFile:
    """Read samples from a CSV file: comma-separated, or tab-separated where the name ends in ``.tsv``; UTF-8.

    The first line may name the columns: it is taken for names where it has a text that no other line could have
    there. Labels that are all whole numbers are classes; where all are numbers, they are numbers to predict; all
    others are names of classes. A column of labels that is empty from end to end is none.

    Parameters
    ----------
    path : path
        A regular file.
    target : str, int or None
        The column with the labels, by its name or by its number, which counts from 0, or from -1 at the end; None is
        the last one.
    sample_weight : str or None
        The name of the column that says what each sample counts.
    class_names : tuple of str
        The names that classes must have.
    features : int or None
        How many numbers a sample has; a table with just so many columns has no labels.
    columns : tuple of str
        The names of the columns that x must have, in this order. A table that names its columns may have them in any
        order, with or without those of ``target`` and ``sample_weight``, and no others; () takes all others.
    dtype : "float32" or "float64"
        The type of x, and of numbers to predict.

    Raises
    ------
    FormatError
        For the first value that is wrong: path, line and column, got, wanted.
    ValueError
        For columns that are not there.
    OSError
        For a file that cannot be read.
    """
    with naming(path):
        return _read(os.fspath(path), target, sample_weight, class_names, features, columns, as_float_dtype(dtype))


def _read(
    path: str,
    target: str | int | None,
    sample_weight: str | None,
    class_names: tuple[str, ...],
    features: int | None,
    wanted: tuple[str, ...],
    dtype: np.dtype[np.generic],
) -> SampleFile:
    lines = _lines(path)
    _, first = next(lines, (0, []))
    if not first:
        raise FormatError("is empty, wanted a line for each sample")
    width = len(first)
    other = next((mark for mark in MARKS if mark in first[0]), None)
    if width == 1 and features != 1 and other is not None:
        own = MARKS[_delimiter(path)]
        raise FormatError(f"line 1: its values are separated by {MARKS[other]}, wanted {own}")
    if wanted and _names_columns(first, wanted, target):
        names_columns = True
        columns, label, weight = _matched(first, wanted, target, sample_weight)
    else:
        label = None if width == features else _label(first, target, wanted)
        weight = None if sample_weight is None else _column(first, sample_weight, "sample_weight")
        names_columns = any(_number(text) is None for column, text in enumerate(first) if column != label)
        columns = [column for column in range(width) if column not in (label, weight)]
    names = first if names_columns else [str(column) for column in range(width)]
    if not columns:
        raise FormatError(f"line 1 has {width} column(s), wanted numbers beside the labels")

    hint = "; line 1 is taken for the names of the columns" if names_columns and _has_numbers(first) else ""
    numbers, labels, weights = NumberList("d"), [], NumberList("d")
    for line, row in _lines(path, skip=int(names_columns)):
        if len(row) != width:
            raise FormatError(f"line {line}: got {len(row)} values, wanted {width}, as in line 1")
        for column in columns:
            numbers.append(_checked(row[column], line, names[column], hint))
        if label is not None:
            labels.append(row[label].strip())
            if bool(labels[-1]) != bool(labels[0]):
                got = repr(labels[-1][:50]) if labels[-1] else "nothing"
                text = f"line {line}, column {names[label]!r}: got {got}, unlike the lines before"
                raise FormatError(f"{text}; wanted a label in each line, or in none")
        if weight is not None:
            weights.append(_checked(row[weight], line, names[weight], hint))
    if not numbers:
        raise FormatError("has the names of columns alone, wanted a line for each sample")
    if not names_columns and _names_labels_alone(labels, class_names):
        names_columns, names = True, first
        del numbers[: len(columns)], labels[0], weights[:1]
    exact = np.array(numbers).reshape(-1, len(columns))
    x = _as_dtype(exact, dtype, names, columns)
    # Fractions are rounded in any type; of whole numbers, such as times in seconds, nobody expects it.
    are_cut = (x != exact).any(axis=0) & ~(exact % 1).any(axis=0)
    cut = [names[column] for column, is_cut in zip(columns, are_cut, strict=True) if is_cut]
    changes: tuple[str, ...] = (f"whole numbers in {', '.join(cut)[:200]} rounded to {dtype}",) if cut else ()
    if names_columns and not wanted and _has_numbers(first):
        changes += (f"line 1 is taken for the names of the columns: {', '.join(first)[:100]}",)
    if names_columns and any(not names[column].strip() for column in columns):
        changes += ("a column without a name is taken for numbers, too",)
    y, found = _labels(labels, class_names, dtype) if any(labels) else (None, class_names)
    if y is not None and y.dtype.kind == "i" and not set(labels) <= set(found):
        changes += describe_numbers(found)
    samples = Samples(x, y, None if weight is None else np.array(weights))
    if not names_columns or len(set(names)) < width:
        return SampleFile(samples, None, found, changes=changes)
    shown = tuple(names[column] for column in columns)
    return SampleFile(samples, None, found, shown, None if label is None or y is None else names[label], changes)


def _delimiter(path: str) -> str:
    return "\t" if path.lower().endswith(".tsv") else ","


def _lines(path: str, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield the values of each line with its number; an empty line is none."""
    import csv

    with open_regular(path) as file:
        # Decoded line by line, so that the line of a byte that is no text is known.
        lines = (line.decode("utf-8" if number else "utf-8-sig") for number, line in enumerate(file))
        reader = csv.reader(lines, delimiter=_delimiter(path), strict=True)
        try:
            for row in reader:
                if row and skip:
                    skip = 0
                elif row:
                    yield reader.line_num, row
        except UnicodeDecodeError as error:
            raise FormatError(f"line {reader.line_num + 1}: is not UTF-8 text") from error
        except csv.Error as error:
            raise FormatError(f"line {reader.line_num}: {error}") from error


def _has_numbers(first: list[str]) -> bool:
    return any(_number(text) is not None for text in first)


def _names_labels_alone(labels: list[str], class_names: tuple[str, ...]) -> bool:
    """Return whether the first label is a name above numbers, as where the other columns are named 0, 1, 2, ..."""
    texts = [_number(label) is None for label in labels]
    return len(texts) > 1 and texts[0] and not any(texts[1:]) and labels[0] not in class_names


def _label(first: list[str], target: str | int | None, wanted: tuple[str, ...]) -> int:
    """Return the number of the column with the labels."""
    try:
        return _column(first, -1 if target is None else target, "target")
    except ValueError as error:
        if not wanted or str(target).lstrip("-").isdigit():
            raise
        text = f"line 1: got {', '.join(first)[:200]}, wanted the names of the columns: {', '.join(wanted)[:200]}"
        raise FormatError(f"{text}, and {target} for the labels") from error


def _column(first: list[str], wanted: str | int, argument: str) -> int:
    """Return the number of a column, given by its name in the first line or by its number."""
    if isinstance(wanted, str) and first.count(wanted) == 1:
        return first.index(wanted)
    try:
        number = int(wanted)
    except ValueError:
        number = len(first)
    if not -len(first) <= number < len(first):
        shown = ", ".join(first)[:200]
        text = f"{argument} is {wanted!r}; it must be one of {shown}, or from 0 to {len(first) - 1}"
        raise ValueError(f"{text}; line 1 is taken for the names of the columns" if _has_numbers(first) else text)
    return number % len(first)


def _names_columns(first: list[str], wanted: tuple[str, ...], target: str | int | None) -> bool:
    """Return whether the first line of a table names its columns, which should have the names that are wanted."""
    texts = sum(_number(text) is None for text in first)
    # A line of numbers has at most one text, its label, where it has one.
    return texts > (len(first) != len(wanted)) or not {*wanted, target}.isdisjoint(first)


def _matched(
    first: list[str], wanted: tuple[str, ...], target: str | int | None, sample_weight: str | None
) -> tuple[list[int], int | None, int | None]:
    """Return the numbers of the columns that are wanted, and of label and weight, None where they are not there."""
    missing = [name for name in wanted if name not in first]
    if missing:
        text = f"line 1: there is no column {', '.join(missing)[:200]}; wanted {', '.join(wanted)[:200]}"
        raise FormatError(f"{text}; it is taken for the names of the columns" if _has_numbers(first) else text)
    columns = [first.index(name) for name in wanted]
    label, weight = (_column_or_none(first, name, columns) for name in (target, sample_weight))
    unknown = [name for column, name in enumerate(first) if column not in (*columns, label, weight)]
    if unknown:
        text = f"line 1: got the column {', '.join(unknown)[:200]}, wanted {', '.join(wanted)[:200]}"
        text += "" if target is None else f", and {target} for the labels"
        raise FormatError(f"{text}; leave it out of the file: only the columns of the training are known")
    return columns, label, weight


def _column_or_none(first: list[str], wanted: str | int | None, taken: list[int]) -> int | None:
    try:
        column = None if wanted is None else _column(first, wanted, "column")
    except ValueError:
        return None
    return None if column in taken else column


def _number(text: str) -> float | None:
    """Return a finite number, or None; Python would read "1_000", "nan" and digits of other scripts, too."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text and text.isascii() else None


def _checked(text: str, line: int, column: str, hint: str) -> float:
    number = _number(text)
    if number is None:
        got = repr(text[:50]) if text.strip() else "nothing"
        hint = hint or (f"; if it holds the labels: --target {column}" if text.strip() else "")
        raise FormatError(f"line {line}, column {column!r}: got {got}, wanted a finite number{hint}")
    return number


def _as_dtype(exact: Array, dtype: np.dtype[np.generic], names: list[str], columns: list[int]) -> Array:
    with np.errstate(over="ignore"):
        x = exact.astype(dtype)
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise FormatError(f"column {names[columns[column]]!r}: {exact[row, column]} is too large for {dtype}")
    return x


def _labels(
    labels: list[str], class_names: tuple[str, ...], dtype: np.dtype[np.generic]
) -> tuple[Array, tuple[str, ...]]:
    if not class_names or not set(labels) <= set(class_names):
        numbers = [_number(label) for label in labels]
        if all(number is not None for number in numbers):
            whole = all(label.lstrip("+-").isdigit() for label in labels)
            return np.array(labels if whole else numbers, float).astype(np.int64 if whole else dtype), class_names
    classes, names = number_classes(labels, class_names)
    return np.array(classes, np.int64), names
