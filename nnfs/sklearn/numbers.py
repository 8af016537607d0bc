"""Values that are no numbers for a network: dates, texts, masked or very large numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DTypeError


def check_not_masked(values: Any, argument: str) -> None:
    """Raise DTypeError, which names the argument, for a masked array."""
    if isinstance(values, np.ma.MaskedArray):
        raise DTypeError(f"{argument} must not be a masked array. Try: {argument}.filled(0)")


def check_numbers(values: Any, argument: str) -> None:
    """Raise DTypeError for values that would convert to wrong numbers: dates, texts, masked or very large numbers.

    The message names the argument, and the column of a data frame.
    """
    columns = getattr(values, "columns", None)
    if columns is None:
        parts = [(argument, values)]
    else:
        parts = [(f"{argument}[{name!r}]", values[name]) for name in dict.fromkeys(columns)]
    for name, part in parts:
        check_not_masked(part, name)
        is_series = columns is not None or hasattr(part, "index")
        array = np.asarray(part) if isinstance(part, list | np.ndarray) or is_series else np.empty(0)
        if array.dtype.kind in "mM":
            raise DTypeError(
                f"{name} holds dates; it must hold numbers. Try days: (dates - dates.min()) / numpy.timedelta64(1, 'D')"
            )
        if array.dtype.kind in "SUT" or (
            array.dtype.kind == "O" and any(isinstance(value, str) for value in array.ravel())
        ):
            fix = "sklearn.preprocessing.OneHotEncoder()"
            if argument == "y":
                fix = "NNClassifier for classes; for numbers written as texts: y.astype(float)"
            raise DTypeError(f"{name} holds texts; it must hold numbers. Try: {fix}")
        if array.dtype.kind in "iu" and array.size and max(int(array.max()), -int(array.min())) > 2**53:
            raise DTypeError(
                f"{name} holds whole numbers above 2**53, which float64 would round. Try: "
                f"{argument} - {argument}.min(axis=0)"
            )
