"""Axes of arrays in ONNX's numbering, in which negative numbers count from the end."""

from __future__ import annotations

from ....errors import FormatError


def as_axis(axis: int, rank: int, where: str = "attribute axis", *, end: bool = False) -> int:
    """Return an axis of an array of ``rank`` axes, counted from 0; a negative one counts from the end.

    With ``end``, ``axis`` may also be ``rank``. Raises FormatError, which begins with ``where``, for any other axis.
    """
    if not -rank <= axis < rank + end:
        raise FormatError(f"{where}: got {axis}, wanted {-rank} to {rank - 1 + end} for an array of rank {rank}")
    return axis + rank if axis < 0 else axis
