"""Dates and times, which no network takes: the code that turns them into numbers of days, for messages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import numpy as np

MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d).*|\d{4}-(0[1-9]|1[0-2])|\d{1,2}:\d{2}(:\d{2})?.*"
    rf"|\d{{1,2}}\.?[ -]{MONTH}[ ,-]+\d{{2,4}}(?!\d).*|{MONTH} \d{{1,2}},? \d{{2,4}}(?!\d).*",
    re.IGNORECASE,
)
"""Dates and times as people and programs write them: 2024-01-31, 2024-01, 31.1.24, 9:30, 31 Jan 2024, Jan 31 2024."""


def is_date(value: Any) -> bool:
    """Return whether an object is a date, a date with a time, or a span of time; NaT, which is missing, is none."""
    return isinstance(value, date | timedelta | np.datetime64 | np.timedelta64) and bool(value == value)


def as_days(values: str, example: Any, dtype: str) -> str:
    """Return the code that turns dates or spans into days of a float type.

    All parts of the data count from one day, which does not depend on the samples.

    Parameters
    ----------
    values : str
        The code for all of them, such as ``"y"``.
    example : date, timedelta or ndarray
        One of them as an object, or all of them as NumPy's array.
    dtype : str
        "float32" or "float64".
    """
    if not isinstance(example, np.ndarray):
        unit = "timedelta64[s]" if isinstance(example, timedelta | np.timedelta64) else "datetime64[s]"
        return as_days(f"np.asarray({values}, {unit!r})", np.empty(0, unit), dtype)
    since = f"({values} - np.datetime64('2000-01-01'))" if example.dtype.kind == "M" else values
    return f"({since} / np.timedelta64(1, 'D')).astype({dtype!r})"
