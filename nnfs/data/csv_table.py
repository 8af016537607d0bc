"""Reading tables from CSV files: each row is a sample, one column holds the labels, all others are features."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice

import numpy as np
from numpy.typing import DTypeLike

from ..arguments.arrays import as_float_dtype
from ..errors import FormatError, naming
from ..network.preprocessing import Preprocessing
from .arrow_values import advice_for, read_by_arrow
from .samples import SampleFile
from .table_columns import Columns, continues_from_0, find_columns, has_numbers, is_line_of_values, names_by_numbers
from .table_lines import MARKS, check_no_comment, find_mark, fix_for_blanks, own_mark, read_lines, read_number
from .table_samples import as_samples
from .table_values import TableReader, Values

LOOKED_AT = 256
"""How many first lines are looked at to find out whether line 1 is a sample."""


def read_csv(
    path: str | os.PathLike[str],
    *,
    target: str | int | None = None,
    sample_weight: str | None = None,
    class_names: tuple[str, ...] = (),
    features: int | None = None,
    columns: tuple[str, ...] = (),
    missing: str | None = None,
    drop: tuple[str, ...] = (),
    preprocessing: Preprocessing | None = None,
    needs_labels: bool = True,
    may_drop: bool = True,
    dtype: DTypeLike = "float32",
) -> SampleFile:
    """Read samples from a CSV file in UTF-8, separated by commas, semicolons, tabs or ``|``.

    A column of texts becomes one column of 0 and 1 for each of its texts. Numbers may have a decimal comma if something
    else separates the values.

    The first line may hold the names of the columns. It is read as names if it has a text where samples need a number,
    if its numbers count the columns from 0, or if its label is a text above numbers or a number above texts. True and
    False are the numbers 1 and 0. Labels that are all whole numbers are classes. Labels that are all numbers, with
    fractions among them, are numbers to predict. All other labels are names of classes. A column of labels that is
    empty in all lines is ignored. Excel's first line ``sep=;`` is skipped, and so is one comma too many at the end of
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
        How many numbers a sample has. A table with exactly this many columns has no labels, and none has texts.
    columns : tuple of str
        The names of the columns that x must have, in this order. The table may hold them in any order, with or without
        the columns of ``target`` and ``sample_weight``, and no others. () takes all columns.
    missing : "mean", "drop" or None
        What to do with missing values: take the mean of the column, leave the line out, or raise an error.
    drop : tuple of str
        Columns to leave out, by name or number.
    preprocessing : Preprocessing or None
        That of the training, which takes the place of ``columns``, ``missing`` and ``drop``. None learns it from the
        table.
    needs_labels : bool
        Whether labels are read; if not, their column may hold anything.
    may_drop : bool
        Whether lines may be left out; if not, a missing value is an error where they would be.
    dtype : "float32" or "float64"
        The dtype of x, and of numbers to predict.

    Returns
    -------
    SampleFile
        ``x`` of shape (N, D); ``changes`` lists in words what was guessed, and how to choose otherwise.
        ``preprocessing`` is None where x is the table.

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
        known = preprocessing
        if known is not None:
            columns, missing, drop = known.names, known.missing, known.dropped
            # A table without names has its columns in the order of the training.
            columns = () if _are_numbers(columns) else columns
            features = len(known.columns) + len(drop) * (not columns)
        floats = as_float_dtype(dtype)
        return _read(
            os.fspath(path),
            target,
            sample_weight,
            class_names,
            features,
            columns,
            missing,
            drop,
            known,
            needs_labels,
            may_drop,
            floats,
        )


def _are_numbers(names: tuple[str, ...]) -> bool:
    return all(map(str.isdecimal, names))


def _has_trailing_mark(first: list[str], below: list[str]) -> bool:
    """Return whether the commas at the ends of the first two lines are one too many, and mean no empty column.

    They could also mean a column of labels that is empty. They do not if line 1 holds names only, or if the values
    before them are texts, which are labels themselves.
    """
    if min(len(first), len(below)) < 3 or first[-1] or below[-1]:
        return False
    are_names = not any(read_number(name) is not None for name in first)
    return are_names or (read_number(first[-2]) is None and read_number(below[-2]) is None)


def _read(
    path: str,
    target: str | int | None,
    sample_weight: str | None,
    class_names: tuple[str, ...],
    features: int | None,
    wanted: tuple[str, ...],
    missing: str | None,
    drop: tuple[str, ...],
    known: Preprocessing | None,
    needs_labels: bool,
    may_drop: bool,
    dtype: np.dtype[np.generic],
) -> SampleFile:
    mark = find_mark(path, features)
    numbered = list(islice(read_lines(path, mark=mark), LOOKED_AT))
    top = [row for _, row in numbered]
    if not top:
        raise FormatError("is empty, wanted a line for each sample")
    first = top[0]
    check_no_comment(first, path, mark)
    trails = _has_trailing_mark(first, top[1] if len(top) > 1 else [])
    first = first[:-1] if trails else first
    wanted = tuple(name.strip() for name in wanted)
    is_sample = not wanted and is_line_of_values(first, [row for row in top[1:] if len(row) >= len(first)])
    if known is not None and not wanted:  # nor had the table of the training names
        categories = {text for column in known.columns for text in column.categories or ()}
        is_sample = has_numbers(first) or not categories.isdisjoint(first)
    has_texts = known is not None and any(column.categories is not None for column in known.columns)
    columns = find_columns(
        first, target, sample_weight, features, wanted, drop, is_sample=is_sample, has_texts=has_texts
    )
    if not columns.numbers:
        fix = f"; if blanks separate the values: {fix_for_blanks()}" if " " in first[0] else ""
        raise FormatError(f"line 1 has {len(first)} column(s), wanted numbers beside the labels{fix}")
    are_texts = None if known is None else [column.categories is not None for column in known.columns]
    if known is None and features is not None:  # a network that knows no texts
        are_texts = [False] * len(columns.numbers)
    if are_texts is not None and len(are_texts) != len(columns.numbers):
        raise FormatError(f"line 1: got {len(columns.numbers)} columns for x, wanted {len(are_texts)}")
    samples_of_top = top[columns.has_names :]
    gaps = _why_no_gaps(missing, known, may_drop)
    reader = TableReader(path, mark, columns, samples_of_top, are_texts, target, gaps)
    above = numbered[0][0] - (not columns.has_names)

    def finish(values: Values) -> SampleFile:
        roles, has_first = columns, False
        if not columns.has_names and not is_sample and _are_names(columns, values, class_names):
            roles, values, has_first = columns._replace(has_names=True), values.without_first(), True
        found = as_samples(
            values,
            [roles.name(column) for column in roles.numbers],
            None if roles.label is None else roles.name(roles.label),
            class_names=class_names,
            missing=missing,
            drop=drop,
            known=known,
            needs_labels=needs_labels,
            may_drop=may_drop,
            dtype=dtype,
        )
        told = _of_mark(mark, path, reader) + _of_names(roles, has_first, bool(wanted), values.labels)
        told += advice_for(path)
        told += ("an empty last column is left out",) * trails
        found = found._replace(changes=found.changes + told)
        has_names = roles.has_names and len(set(first)) == len(first)
        return found if has_names else found._replace(columns=(), target=None)

    fast = read_by_arrow(reader, above, needs_labels)
    if fast is not None:
        with suppress(FormatError):  # of which the reader knows the line
            return finish(fast)
    values = reader.read(needs_labels, missing == "drop" and may_drop)
    if not values.lines:
        raise FormatError("has the names of columns alone, wanted a line for each sample")
    return finish(values)


def _why_no_gaps(missing: str | None, known: Preprocessing | None, may_drop: bool) -> str | None:
    """Return what the error for a missing value tells; None where missing values are no error."""
    if missing == "mean" or (missing == "drop" and may_drop):
        return None
    if missing == "drop":
        return "such rows were left out of the training, and here each needs its answer: fill a value in"
    if known is not None:
        return "the training had no missing values: fill one in or leave the line out"
    return (
        "where a value is missing, fill one in or leave the line out; or --missing mean, in Python missing='mean', "
        "for the mean of the column, and drop to leave such lines out"
    )


def _are_names(columns: Columns, values: Values, class_names: tuple[str, ...]) -> bool:
    """Return whether a first line of numbers holds the names of the columns, see `names_by_numbers`."""
    texts = [column for column in values.features if isinstance(column, list)]
    if texts:  # numbers stand above texts
        return all(column[0] not in column[1:] for column in texts)
    exact = np.column_stack([column for column in values.features if not isinstance(column, list)])
    return names_by_numbers(columns, exact, values.labels, class_names)


def _of_mark(mark: str, path: str, reader: TableReader) -> tuple[str, ...]:
    """Return the sentence that tells what separates values, and of decimal commas, where the name does not tell it."""
    commas = "numbers have a decimal comma" if reader.has_commas else ""
    separated = f"values are separated by {MARKS[mark] if mark in MARKS else repr(mark)}" * (mark != own_mark(path))
    return (", ".join(filter(None, (separated, commas))),) if separated or commas else ()


def _of_names(columns: Columns, is_guess: bool, wanted: bool, labels: list[str]) -> tuple[str, ...]:
    """Return sentences for `SampleFile.changes` that tell how line 1 was read, if it may be names or a sample."""
    shown = ", ".join(columns.first)[:100]
    told: tuple[str, ...] = ()
    if not columns.has_names:
        if continues_from_0(columns.first, columns.label) or _is_alone(labels):
            told = (f"line 1 is taken for a sample: {shown}; if it names the columns, write words for names",)
        return told
    twice = {name for name in columns.first if columns.first.count(name) > 1}
    if twice:
        told = (f"several columns have the name {', '.join(sorted(twice))[:200]}; all are taken by their order",)
    if has_numbers(columns.first) and (is_guess or not wanted):
        fix = "; if it is a sample, write a line of names above it" if is_guess else ""
        told += (f"line 1 is taken for the names of the columns: {shown}{fix}",)
    if any(not columns.name(column) for column in columns.numbers):
        told += ("a column without a name is taken for numbers, too; pandas writes none with index=False",)
    return told


def _is_alone(labels: list[str]) -> bool:
    """Return whether the first label is a text that occurs once, although some other labels occur twice or more."""
    others = labels[1:]
    return (
        bool(others) and read_number(labels[0]) is None and labels[0] not in others and len(set(others)) < len(others)
    )
