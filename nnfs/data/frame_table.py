"""Reading tables in memory, of pandas, polars or Arrow, and from Parquet files."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..arguments.arrays import as_float_dtype
from ..arguments.frames import array_of, columns_of, names_of
from ..errors import FormatError, UnsupportedError, naming
from ..network.preprocessing import Column, Preprocessing, columns_by_name, gaps_in
from .samples import SampleFile
from .table_columns import find_columns
from .table_samples import as_samples
from .table_values import Values


def read_frame(
    frame: Any,
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
    """Read samples from a DataFrame of pandas or polars, or from an Arrow table; arguments are those of `read_csv`.

    Raises
    ------
    FormatError, DTypeError
        For a missing or wrong value; the message names row, counted from 0, and column.
    ValueError
        For a column that does not exist.
    """
    known = preprocessing
    if known is not None:
        columns, missing, drop, features = known.names, known.missing, known.dropped, len(known.columns)
    first = list(names_of(frame))
    has_texts = known is None or any(column.categories is not None for column in known.columns)
    roles = find_columns(first, target, sample_weight, features, columns, drop, has_texts=has_texts)
    names = [first[column] for column in roles.numbers]
    if not names:
        raise FormatError(f"got {len(first)} column(s), wanted numbers beside the labels")
    found = columns_of(frame, names)
    values = list(found.values()) if known is None else columns_by_name(known, found)
    if known is None and features is not None:  # a network that knows no texts
        values = columns_by_name(Preprocessing(tuple(map(Column, names))), found)
    label = None if roles.label is None else first[roles.label]
    gaps = [name for name, column in zip(names, values, strict=True) if gaps_in(column).any()]
    if gaps and known is None and missing is None:
        shown = ", ".join(map(repr, gaps))[:200]
        raise FormatError(
            f"column {shown}: a value is missing. Try: missing='mean' for the mean of the column, or 'drop' to leave "
            "such rows out"
        )
    rows = len(values[0])
    weights = [] if roles.weight is None else array_of(frame, first[roles.weight]).astype(float).tolist()
    labels = _texts_of(array_of(frame, label)) if label is not None and needs_labels else []
    if missing != "drop" and any(labels) and "" in labels:
        raise FormatError(f"row {labels.index('')}, column {label!r}: got no label; leave the row out")
    return as_samples(
        Values(range(rows), values, labels, weights, {}, {}),
        names,
        label,
        class_names=class_names,
        missing=missing,
        drop=drop,
        known=known,
        needs_labels=needs_labels,
        may_drop=may_drop,
        dtype=as_float_dtype(dtype),
        place="row",
    )


def read_parquet(path: str | os.PathLike[str], **options: Any) -> SampleFile:
    """Read samples from a Parquet file; needs pyarrow: ``pip install "nnfs-cython[tables]"``.

    The arguments are those of `read_frame`.
    """
    name = os.fspath(path)
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        text = 'Parquet files need pyarrow, which is not installed: pip install "nnfs-cython[tables]"'
        raise UnsupportedError(text).in_file(name) from error
    with naming(name):
        try:
            table = parquet.read_table(name)
        except (pyarrow.ArrowException, OSError) as error:
            if not os.path.isfile(name):
                raise
            raise FormatError(f"is no whole Parquet file: {error}") from error
        return read_frame(table, **options)


def _texts_of(labels: np.ndarray[Any, Any]) -> list[str]:
    """Return labels (N,) as the texts that a file would have; "" for missing ones."""
    if labels.dtype.kind == "f":
        return ["" if np.isnan(value) else repr(value) for value in labels.tolist()]
    return ["" if value is None or value != value else str(value).strip() for value in labels.tolist()]
