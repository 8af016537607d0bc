"""Sizes of signals: a signal (C, L) is an image (C, 1, L), and a window on it is a window of one row."""

from __future__ import annotations

from typing import Any, Literal

from .._kernels.interface import Padding
from ..errors import ShapeError
from .shapes import Geometry, Shape, as_integer


def as_row(value: Any, argument: str) -> tuple[int, int]:
    """Return (1, value) for an integer from 1 on; raise DTypeError or ShapeError for anything else."""
    return 1, as_integer(value, argument)


def as_ends(value: Any, argument: str) -> Padding | Literal["same"]:
    """Return the padding (0, 0, left, right) of an integer or a pair (left, right); "same" stays "same".

    Raises DTypeError or ShapeError for anything else; no number may be negative.
    """
    if isinstance(value, str):
        if value != "same":
            fixes = {
                "valid": "; write padding=0",
                "causal": "; write padding=(dilation * (kernel_size - 1), 0)",
                "same": "; write padding='same'",
            }
            fix = fixes.get(value.lower(), "")
            raise ShapeError(f'{argument} must be an integer, a pair (left, right) or "same", got {value!r}{fix}')
        return "same"
    ends = value if isinstance(value, tuple | list) else (value, value)
    if len(ends) != 2:
        raise ShapeError(f"{argument} must be an integer or a pair (left, right), got {len(ends)} numbers: {value}")
    return 0, 0, as_integer(ends[0], argument, 0), as_integer(ends[1], argument, 0)


def check_signal_shape(input_shape: Shape, layer: str) -> tuple[int, int]:
    """Return the shape of a sample as (C, L); raise ShapeError, which names ``layer``, unless it has two axes."""
    if len(input_shape) != 2:
        hint = ""
        if len(input_shape) == 1:
            hint = f"; a signal of one channel: input_shape=(1, {input_shape[0]}), x[:, None]"
        elif len(input_shape) == 3:
            hint = f"; without the batch axis: input_shape={input_shape[1:]}; for images: {layer.replace('1D', '2D')}"
            if input_shape[0] == 1:  # as the signals of a .npz file are read
                hint += (
                    f"; for signals that are read as images of one channel: a first layer Reshape({input_shape[1:]})"
                )
        raise ShapeError(f"{layer} needs signals (C, L), got samples of shape {input_shape}{hint}")
    channels, length = input_shape
    return channels, length


def check_reach(geometry: Geometry, input_shape: Shape, argument: str) -> None:
    """Raise ShapeError, which names ``argument``, where a window of one row reaches beyond a padded signal."""
    channels, length = input_shape
    (_, size), _, padding, (_, dilation) = geometry
    border = 0 if padding == "same" else sum(padding)
    reach = dilation * (size - 1) + 1
    if padding != "same" and reach > length + border:
        raise ShapeError(
            f"{argument} {size} reaches over {reach} places, but the signal has {length}"
            + (f" and {border} of padding" if border else "")
            + f"; make it smaller, or pad with padding={-((length - reach) // 2)}"
            + (f"; or, where these are {channels} places of {length} channels, {swapped(input_shape)}")
            * (reach <= channels)
        )


def swapped(input_shape: Shape) -> str:
    """Return the code that gives samples (L, C) the order (C, L)."""
    return f"input_shape={input_shape[::-1]}, x.transpose(0, 2, 1)"
