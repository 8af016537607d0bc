"""Axes of arrays in ONNX's numbering, in which negative numbers count from the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import FormatError
from ...header import LARGEST_RANK
from ...strict_json import short


def as_axis(axis: int, rank: int, where: str = "attribute axis", *, end: bool = False) -> int:
    """Return an axis of an array of ``rank`` axes, counted from 0; a negative one counts from the end.

    With ``end``, ``axis`` may also be ``rank``. Raises FormatError, which begins with ``where``, for any other axis.
    """
    if not -rank <= axis < rank + end:
        raise FormatError(f"{where}: got {axis}, wanted {-rank} to {rank - 1 + end} for an array of rank {rank}")
    return axis + rank if axis < 0 else axis


def as_axes(axes: Any, rank: int) -> tuple[int, ...]:
    """Return a row of different axes of an array of ``rank`` axes, counted from 0, in the order given."""
    given = np.asarray(axes)
    if given.ndim > 1 or given.size > LARGEST_RANK:
        raise FormatError(f"axes: got shape {given.shape}, wanted a row of a few numbers")
    found = tuple(as_axis(axis, rank, "axes") for axis in given.reshape(-1).tolist())
    if len(set(found)) < len(found):
        raise FormatError(f"axes: got {short(found)}, wanted each axis once")
    return found
