"""The values of a large table, read by Arrow: exactly the numbers of `TableReader`, many times faster.

Arrow tells neither the line nor the column of a wrong value in nnfs's words. Where it meets anything else than plain
numbers and texts, the table is read by `TableReader`, which does.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.dates import DATE
from ..arguments.frames import MISSING, Texts
from .table_lines import with_point
from .table_values import TableReader, Values

SMALL = 2**20
"""Bytes of a table that are read faster than Arrow is imported."""
LARGE = 2**22
"""Bytes of a table that takes longer without Arrow than a user likes to wait."""
GAPS = [
    spelt for text in MISSING for spelt in {text, text.upper(), text.capitalize(), "NaN" if text == "nan" else text}
]


def read_by_arrow(reader: TableReader, line: int, needs_labels: bool) -> Values | None:
    """Return the values of a table, or None where Arrow is missing or may read it otherwise than `TableReader` does.

    ``line`` is the number of the last line above the samples.
    """
    if os.path.getsize(reader.path) < SMALL:
        return None
    try:
        import pyarrow
        from pyarrow import csv
    except ImportError:
        return None
    columns, kinds = reader.columns, reader.kinds
    types = {column: pyarrow.string() if kind == "text" else pyarrow.float64() for column, kind in kinds.items()}
    types |= {column: pyarrow.bool_() for column, kind in kinds.items() if kind == "truth"}
    if columns.label is not None:
        types[columns.label] = pyarrow.string()
    if columns.weight is not None:
        types[columns.weight] = pyarrow.float64()
    try:
        table = csv.read_csv(
            reader.path,
            csv.ReadOptions(column_names=[str(n) for n in range(len(columns.first))], skip_rows=line),
            csv.ParseOptions(delimiter=reader.mark),
            csv.ConvertOptions(
                column_types={str(column): type_ for column, type_ in types.items()},
                include_columns=[str(column) for column in types],
                null_values=GAPS,
                true_values=["true", "True", "TRUE"],
                false_values=["false", "False", "FALSE"],
                decimal_point="," if reader.has_commas else ".",
            ),
        )
    except (pyarrow.ArrowException, UnicodeDecodeError):
        return None
    # Labels stay as they are written: "NA" is not missing, and may be the name of a class.
    labels = [] if columns.label is None else list(map(str.strip, table[str(columns.label)].to_pylist()))
    found = {column: _plain(table[str(column)], reader.gaps is not None) for column in types if column != columns.label}
    if any(values is None for values in found.values()) or (needs_labels and "" in labels):
        return None
    joined = "".join(labels)
    if '"' in joined or "\r" in joined:
        return None
    if reader.mark != ",":
        labels = list(map(with_point, labels))
    features: list[Any] = [found[column] for column in columns.numbers]
    weights: Any = [] if columns.weight is None else found[columns.weight]
    if np.isnan(np.asarray(weights, float)).any():
        return None
    values = reader.values._replace(lines=range(line + 1, line + 1 + len(table)), labels=labels, weights=weights)
    values.truths.update({columns.name(column): None for column, kind in kinds.items() if kind == "truth"})
    return values._replace(features=features)


def advice_for(path: str) -> tuple[str, ...]:
    """Return the sentence that tells how a large table is read faster; () for others, and where Arrow was found."""
    if os.path.getsize(path) < LARGE or sys.modules.get("pyarrow") is not None:
        return ()
    return ('pip install "nnfs-cython[tables]" reads a table of this size many times faster',)


def _plain(column: Any, is_whole: bool) -> Array | Texts | None:
    """Return a column of Arrow as numbers or texts; None where it may hold what `TableReader` reads otherwise."""
    if is_whole and column.null_count:
        return None
    if str(column.type) == "string":
        texts = list(map(str.strip, column.to_pylist()))
        # Most columns of texts have few different ones.
        known = {text: None if text.lower() in MISSING else text for text in set(texts)}
        joined = "".join(known)
        is_doubtful = '"' in joined or "\r" in joined or any(map(DATE.fullmatch, texts[:1]))
        return None if is_doubtful else [known[text] for text in texts]
    numbers: Array = np.asarray(column.cast("float64") if str(column.type) == "bool" else column)
    largest = np.nanmax(np.abs(numbers), initial=0)
    return numbers if largest < 2**53 else None  # whole numbers from there on are not exact
