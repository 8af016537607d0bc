"""The labels of a table: names of classes, numbers of classes, or numbers to predict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._kernels.interface import Array
from ..arguments.frames import MISSING
from ..arguments.labels import is_whole
from ..errors import FormatError
from .samples import as_names, describe_numbers, number_classes
from .table_lines import are_digits, read_number, read_numbers, read_whole
from .table_values import no_number


def read_labels(
    labels: list[str], lines: Sequence[int], class_names: tuple[str, ...], dtype: np.dtype[np.generic], name: str
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Return y (N,), the names of the classes, and sentences for `SampleFile.changes` about labels that are numbers."""
    exact = None if class_names else read_numbers(labels)
    if exact is not None and (exact % 1).any():
        return as_dtype(exact[:, None], dtype, [name])[:, 0], (), ()
    if exact is not None and are_digits(labels):
        return exact.astype(np.int64), (), ()
    kinds = set(labels)  # of which most tables have few
    number_of, whole_of = ({label: read(label) for label in kinds} for read in (read_number, read_whole))
    numbers, wholes = [number_of[label] for label in labels], [whole_of[label] for label in labels]
    if None in numbers or kinds <= set(class_names):
        names: list[str] | None = labels
    else:
        names = as_names(np.array(numbers, float), class_names)
    if names is not None:
        if not class_names:
            _check_no_gaps(labels, lines, name)
        classes, found = number_classes(names, class_names)
        return np.array(classes, np.int64), found, ()
    if None not in wholes:
        too_large = next((row for row, whole in enumerate(wholes) if not -(2**63) <= (whole or 0) < 2**63), None)
        if too_large is not None:
            raise FormatError(
                f"line {lines[too_large]}, column {name!r}: got {labels[too_large][:50]}, wanted a label below "
                "2**63; for a number to predict, write a decimal point"
            )
        return np.array(wholes, np.int64), class_names, describe_numbers(class_names)
    y = as_dtype(np.array(numbers, float)[:, None], dtype, [name])[:, 0]
    return y, class_names, describe_numbers(class_names) if is_whole(y) else ()


def _check_no_gaps(labels: list[str], lines: Sequence[int], name: str) -> None:
    """Raise FormatError for a text among numbers that marks a missing value, and is no class of its own."""
    kinds = set(labels)
    texts = {label for label in kinds if read_number(label) is None}
    has_fractions = any(read_whole(label) is None for label in kinds - texts)
    gaps = texts if has_fractions else {label for label in texts if label.lower() in MISSING}
    if gaps and texts != kinds:
        row = next(row for row, label in enumerate(labels) if label in gaps)
        raise no_number(labels[row], lines[row], name, ", as in other lines; leave lines without a label out")


def as_dtype(exact: Array, dtype: np.dtype[np.generic], names: list[str]) -> Array:
    """Return numbers (N, D) rounded to ``dtype``; raise FormatError, which names the column, for one too large."""
    with np.errstate(all="ignore"):
        x = exact.astype(dtype)
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise FormatError(f"column {names[column]!r}: {exact[row, column]} is too large for {dtype}")
    return x
