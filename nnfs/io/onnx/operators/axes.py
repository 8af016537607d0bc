"""Axes of arrays, as ONNX numbers them."""

from __future__ import annotations

from ....errors import FormatError


def as_axis(axis: int, rank: int, where: str = "attribute axis", *, end: bool = False) -> int:
    """Return an axis as a number from 0 on; a negative one counts from the end.

    With ``end`` the place behind the last axis is one too.
    """
    if not -rank <= axis < rank + end:
        raise FormatError(f"{where}: got {axis}, wanted {-rank} to {rank - 1 + end} for an array of rank {rank}")
    return axis + rank if axis < 0 else axis
