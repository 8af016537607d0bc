"""How a raw row of a table becomes the numbers of a network, in Python alone, written to be read.

`nnfs.io.python` copies these functions into the file of a network that was trained on a raw table.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from ...arguments.frames import MISSING


def encode_row(row: Any, columns: dict[str, Any], fills_gaps: bool) -> list[float]:
    """Return the numbers of one raw row: a dict of its values by column, or a list in the order of ``columns``.

    A text becomes one number for each category of its column: 1 for its own, else 0; all are 0 for a text that the
    training has not seen, which gives a warning. A missing number is taken for the mean of the training. Where
    ``fills_gaps`` is False, as in a training without missing values, they are an error.
    """
    if not isinstance(row, dict | list | tuple):
        raise ValueError(f"a row must be a dict or a list, got {row!r:.50}; of a DataFrame: frame.to_dict('records')")
    if not isinstance(row, dict):
        if len(row) != len(columns):
            raise ValueError(f"a row must have {len(columns)} values, {', '.join(columns)}; got {len(row)}")
        row = dict(zip(columns, row, strict=True))
    x: list[float] = []
    for name, known in columns.items():
        if name not in row:
            raise ValueError(f"there is no column {name!r}; the row has {', '.join(map(str, row))}")
        value, is_text = row[name], isinstance(known, list)
        is_gap = value is None or value != value or (isinstance(value, str) and value.strip().lower() in MISSING)
        if is_gap and not fills_gaps:
            raise ValueError(f"column {name!r}: got nothing, wanted a {'text' if is_text else 'number'}")
        if is_text:
            text = None if is_gap else as_text(value)
            if text is not None and text not in known:
                warnings.warn(f"column {name!r}: {text!r} is unknown to the training", stacklevel=2)
            x += [float(text == category) for category in known]
        else:
            x.append(known if is_gap else as_number(value, name))
    return x


def as_text(value: Any) -> str:
    """Return a value as the name of a category: 3.0 as ``3``."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def as_number(value: Any, name: str) -> float:
    """Return a value of a column as a number: True and ``true`` are 1."""
    text = str(value).strip().lower()
    try:
        number = float({"true": "1", "false": "0"}.get(text, text))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"column {name!r}: got {value!r:.50}, wanted a finite number")
    return number
