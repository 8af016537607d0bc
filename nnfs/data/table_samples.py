"""The samples of a table whose values are read: texts become numbers, labels become classes."""

from __future__ import annotations

import re
import shlex

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError
from ..network.preprocessing import Preprocessing, learn
from .samples import SampleFile, Samples
from .table_labels import as_dtype, read_labels
from .table_lines import read_whole
from .table_values import Values

FEW_ROWS = 20
"""Below this many rows, numbers from 0 or 1 on may be anything."""
IDENTIFIER = re.compile(
    r"(.*[_ .-])?(id|index|idx|nr|no|num|number|key|row|#)|unnamed: 0|(?-i:\w*[a-z]Id)|", re.IGNORECASE
)
"""Names of columns that number rows; pandas writes one without a name."""


def as_samples(
    values: Values,
    names: list[str],
    target: str | None,
    *,
    class_names: tuple[str, ...],
    missing: str | None,
    drop: tuple[str, ...],
    known: Preprocessing | None,
    needs_labels: bool,
    may_drop: bool,
    dtype: np.dtype[np.generic],
    place: str = "line",
) -> SampleFile:
    """Return the samples of a table.

    Parameters
    ----------
    values : Values
        Those of all lines that are samples.
    names : list of str
        The names of the columns of x.
    target : str or None
        The name of the column of the labels; None without one.
    class_names, missing, drop, needs_labels, may_drop, dtype
        See `read_csv`.
    known : Preprocessing or None
        That of the training; None learns it where the table needs one.
    place : str
        What errors call a line.
    """
    prepared = known
    is_raw = bool(missing or drop or any(isinstance(column, list) for column in values.features))
    if known is None and is_raw:
        if len(set(names)) < len(names):
            raise FormatError("two columns have one name; give each a name of its own")
        prepared = learn(names, values.features, missing, drop)
    exact, kept, told = _exact(values, prepared, may_drop and missing == "drop", place)
    if missing == "drop" and may_drop and needs_labels and any(values.labels):
        has_label = np.array([bool(label) for label in values.labels])
        exact, told = exact[has_label[kept]], (*told, *_without_labels(has_label))
        kept = kept & has_label
    labels, lines = values.labels, values.lines
    if not kept.all():
        rows = np.flatnonzero(kept).tolist()
        labels = [labels[row] for row in rows] if labels else []
        lines = [lines[row] for row in rows]
    features = names if prepared is None else list(prepared.features)
    columns = as_dtype(exact, dtype, features)
    y, found = None, class_names
    about_labels: tuple[str, ...] = ()
    if needs_labels and target is not None and any(labels):
        y, found, about_labels = read_labels(labels, lines, class_names, dtype, target)
    changes = _of_numbers(columns, y, exact, values, features, labels, target)
    changes += (*_of_texts(prepared), *_of_numbered_rows(names, values)) if known is None else ()
    changes += told + about_labels
    samples = Samples(np.ascontiguousarray(columns), y, np.array(values.weights)[kept] if len(values.weights) else None)
    name = None if y is None and needs_labels else target
    return SampleFile(samples, None, found, tuple(features), name, changes, preprocessing=prepared)


def _exact(
    values: Values, prepared: Preprocessing | None, may_drop: bool, place: str
) -> tuple[Array, Array, tuple[str, ...]]:
    """Return x in float64 (M, D), which of the N lines it is of, and sentences on what was changed."""
    if prepared is None:
        # Column by column, as they were read: rows are made once, of the final type.
        x = np.array([column for column in values.features if not isinstance(column, list)]).T
        return x, np.ones(len(x), bool), ()
    return prepared.transform(values.features, lambda row: f"{place} {values.lines[row]}", may_drop=may_drop)


def _without_labels(has_label: Array) -> tuple[str, ...]:
    count = len(has_label) - int(has_label.sum())
    return (f"samples without a label ({count:,} of {len(has_label):,}) are left out",) if count else ()


def _of_texts(prepared: Preprocessing | None) -> tuple[str, ...]:
    """Return the sentences that tell which columns of texts became categories, and which are left out."""
    if prepared is None:
        return ()
    found = [column for column in prepared.columns if column.categories is not None]
    shown = ", ".join(f"{column.name} ({len(column.categories or ())})" for column in found)[:200]
    left_out = (f"without {', '.join(prepared.dropped)[:200]}",) if prepared.dropped else ()
    return ((f"texts are categories: {shown}",) if found else ()) + left_out


def _of_numbered_rows(names: list[str], values: Values) -> tuple[str, ...]:
    """Return the sentences about columns that number the rows, which say nothing of what is to be predicted."""
    found = [
        name
        for name, column in zip(names, values.features, strict=True)
        if len(names) > 1 and not isinstance(column, list) and _numbers_rows(name, column)
    ]
    return tuple(
        f"column {name} looks like a number of the row; --drop {shlex.quote(name)} leaves it out, in Python "
        f"drop=[{name!r}]"
        for name in found
    )


def _numbers_rows(name: str, column: Array) -> bool:
    """Return whether numbers count the rows, or have the name of an identifier and are whole and all different."""
    steps = np.diff(column)
    if len(column) < FEW_ROWS or not all((part % 1 == 0).all() for part in (column[:FEW_ROWS], column)):
        return False
    is_named = IDENTIFIER.fullmatch(name) is not None and len(np.unique(column)) == len(column)
    return is_named or bool(column[0] in (0, 1) and (steps == 1).all())


def _of_numbers(
    x: Array,
    y: Array | None,
    exact: Array,
    values: Values,
    features: list[str],
    labels: list[str],
    target: str | None,
) -> tuple[str, ...]:
    """Return sentences for `SampleFile.changes` that name the columns whose values were changed by rounding."""
    # Every dtype rounds fractions. Nobody expects that whole numbers, such as times in seconds, are rounded.
    are_cut = (x != exact).any(axis=0)
    for rows in (slice(256), slice(None)):  # a few rows show most fractions
        are_cut[are_cut] = ~(exact[rows, are_cut] % 1).any(axis=0)
    cut = [name for name, is_cut in zip(features, are_cut, strict=True) if is_cut or name in values.inexact]
    if y is not None and y.dtype.kind == "f" and target is not None and _is_cut(y, labels):
        cut.append(target)
    told: tuple[str, ...] = (f"whole numbers in {', '.join(cut)[:200]} rounded to {x.dtype}",) if cut else ()
    if values.truths:
        told += (f"True and False in {', '.join(values.truths)[:200]} are read as 1 and 0",)
    return told


def _is_cut(y: Array, labels: list[str]) -> bool:
    """Return whether rounding changed a whole number among the labels; y (N,) holds the rounded ones."""
    if np.abs(y).max(initial=0) < 2**24:  # which float32 holds
        return False
    return any(
        whole is not None and whole != number for whole, number in zip(map(read_whole, labels), y.tolist(), strict=True)
    )
