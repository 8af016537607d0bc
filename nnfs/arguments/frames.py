"""Tables in memory: the columns of a DataFrame of pandas or polars, or of an Arrow table, by name."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError
from .dates import DATE, is_date

LOOKED_AT = 1024
"""How many first texts of a column are looked at to find out whether they are dates."""
Texts: TypeAlias = "list[str | None]"
"""A column of texts (N,), with None where a value is missing."""
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", ".")
"""Texts, in small letters, that mark a missing value in a table."""


def is_frame(values: Any) -> bool:
    """Return whether ``values`` is a table with named columns: of pandas, polars or Arrow, or a dict of columns."""
    if isinstance(values, Mapping):
        return bool(values) and all(isinstance(name, str) for name in values)
    return hasattr(values, "columns") and hasattr(values, "__getitem__") and not isinstance(values, np.ndarray)


def names_of(frame: Any) -> tuple[str, ...]:
    """Return the names of a frame's columns as texts; pandas numbers columns that have no names."""
    return tuple(map(str, _keys(frame)))


def row_as_frame(values: Any) -> Any:
    """Return a row of pandas, such as ``df.iloc[0]``, as a table of one row; anything else as it is."""
    is_row = type(values).__name__ == "Series" and hasattr(values, "to_dict") and hasattr(values, "index")
    return {str(name): value for name, value in values.to_dict().items()} if is_row else values


def _keys(frame: Any) -> Any:
    if isinstance(frame, Mapping):
        return frame
    names = getattr(frame, "column_names", None)  # in Arrow ``columns`` are the columns themselves
    return frame.columns if names is None else names


def columns_of(frame: Any, names: Collection[str] | None = None) -> dict[str, Array | Texts]:
    """Return columns of a frame by name: numbers as float64 (N,) with NaN where one is missing, all others as texts.

    True and False are the numbers 1 and 0. ``names`` chooses the columns; None takes all. Raises DTypeError, which
    names the column, for dates, for other objects, for a name of two columns and for columns of several lengths.
    """
    found = {name: _read(array_of(frame, name), name) for name in (names_of(frame) if names is None else names)}
    if len(lengths := {len(column) for column in found.values()}) > 1:
        raise DTypeError(f"the columns have {min(lengths)} to {max(lengths)} values, wanted one a row in each")
    return found


def array_of(frame: Any, name: str) -> Array:
    """Return the values of one column (N,) as NumPy has them; raise DTypeError for a name of two columns."""
    found = [key for key in _keys(frame) if str(key) == name]
    if len(found) > 1:
        raise DTypeError(f"two columns have the name {name!r}; give each a name of its own")
    values = np.asarray(frame[found[0]])
    if values.ndim > 1:
        raise DTypeError(f"column {name!r}: got an array {values.shape}, wanted one value a row")
    return values.reshape(-1)  # a single value is a table of one row


def _read(values: Array, name: str) -> Array | Texts:
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    found = [None if _is_missing(value) else value for value in values.tolist()]
    known = [value for value in found if value is not None]
    seen = known[:LOOKED_AT]
    dates = sum(isinstance(value, str) and DATE.fullmatch(value.strip()) is not None for value in seen)
    if values.dtype.kind in "mM" or any(map(is_date, known)) or 2 * dates > len(seen):
        raise DTypeError(
            f"column {name!r}: got dates, wanted numbers or texts. Try: numbers, such as days since the first, or "
            f"leave the column out: drop=[{name!r}]"
        )
    if all(isinstance(value, int | float | Decimal | np.number | np.bool_) for value in known):
        return np.array([math.nan if value is None else value for value in found], np.float64)
    other = next((value for value in known if not isinstance(value, str | int | float)), None)
    if other is not None:
        raise DTypeError(f"column {name!r}: got {type(other).__name__}, wanted numbers or texts. Try: drop=[{name!r}]")
    return [None if value is None else str(value).strip() for value in found]


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value
