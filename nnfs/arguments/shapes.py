"""Sizes, checked and computed in Python integers before any array exists.

Kernels trust what they are given, so everything about a geometry is settled here: types, ranges,
padding, the size of the output. Errors name the argument, what was got and what was wanted.
"""

from __future__ import annotations

import math
import operator
from typing import Any, Literal, TypeAlias

import numpy as np

from .._kernels.interface import Padding, Window
from ..errors import DTypeError, ShapeError
from ..system.memory import memory_bytes

Shape: TypeAlias = tuple[int, ...]

LARGEST = 2**31 - 1
"""The largest size, stride, padding or dilation that is accepted."""

ADDRESSABLE = 2**47
"""The bytes that a process can address on today's processors; kernels rely on the distance to 2**63 in their sums."""


def as_integer(value: Any, argument: str, minimum: int = 1, maximum: int = LARGEST) -> int:
    """Return ``value`` as an int in [minimum, maximum].

    Raises DTypeError where it is no integer (a bool and 1.0 are none), ShapeError where it is out of range.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is not None and not isinstance(value, bool) and minimum <= number <= maximum:
        return number
    wanted = f"an integer from {minimum} to {maximum}"
    if number is None or isinstance(value, bool):
        fix = f"; write {value:.0f}" if isinstance(value, float | np.floating) and value % 1 == 0 else ""
        if isinstance(value, str) and value.strip().isdecimal():
            fix = f"; write {value.strip()}"
        text = f"{argument} must be {wanted}, got {value!r} of type {type(value).__name__}{fix}"
        raise DTypeError(text)
    raise ShapeError(f"{argument} must be {wanted}, got {number}")


def as_pair(value: Any, argument: str, minimum: int = 1) -> tuple[int, int]:
    """Return (rows, columns) from an integer, which stands for both, or from a pair."""
    if not isinstance(value, tuple | list):
        number = as_integer(value, argument, minimum)
        return number, number
    if len(value) != 2:
        raise ShapeError(f"{argument} must be an integer or a pair (rows, columns), got {len(value)} numbers: {value}")
    return as_integer(value[0], argument, minimum), as_integer(value[1], argument, minimum)


def as_padding(value: Any, argument: str) -> Padding | Literal["same"]:
    """Return (top, bottom, left, right) from an integer, a pair (rows, columns) or four numbers; or "same"."""
    if isinstance(value, str):
        if value != "same":
            fix = {"valid": "; write padding=0", "same": "; write padding='same'"}.get(value.lower(), "")
            raise ShapeError(f'{argument} must be an integer, a pair, four numbers or "same", got {value!r}{fix}')
        return "same"
    if isinstance(value, tuple | list) and len(value) == 4:
        top, bottom, left, right = (as_integer(number, argument, 0) for number in value)
        return top, bottom, left, right
    rows, columns = as_pair(value, argument, 0)
    return rows, rows, columns, columns


def as_pool(
    pool_size: Any, stride: Any, padding: Any, layer: str
) -> tuple[tuple[int, int], tuple[int, int], Padding | Literal["same"]]:
    """Return size, stride and padding of a pooling layer's window; a stride of None is the size.

    Raises ShapeError where the padding is more than half of the window, some of which would then hold nothing else.
    """
    size = as_pair(pool_size, f"{layer}: pool_size")
    step = size if stride is None else as_pair(stride, f"{layer}: stride")
    sides = as_padding(padding, f"{layer}: padding")
    if sides != "same" and (max(sides[:2]) > size[0] // 2 or max(sides[2:]) > size[1] // 2):
        raise ShapeError(f"{layer}: padding must be at most half of pool_size {size}, got {padding}")
    return size, step, sides


def as_shape(value: Any, argument: str) -> Shape:
    """Return a tuple of positive integers from one integer or a sequence of them."""
    if not isinstance(value, tuple | list):
        return (as_integer(value, argument),)
    if not value:
        raise ShapeError(f"{argument} must have at least one axis, got ()")
    if value[0] in (None, -1) and len(value) > 1:
        fix = value[1] if len(value) == 2 else tuple(value[1:])
        raise DTypeError(
            f"{argument} must be the shape of one sample, got {value} with a batch axis; write {argument}={fix}",
        )
    shape = tuple(as_integer(size, argument) for size in value)
    check_size(shape, argument)
    return shape


def check_size(shape: Shape, what: str, itemsize: int = 8) -> None:
    """Raise ShapeError where an array of this shape is larger than this computer's memory.

    The ``itemsize`` of 8 is that of a number of float64, and of one of float32 with its gradient.
    """
    wanted, largest = math.prod(shape) * itemsize, min(memory_bytes() or ADDRESSABLE, ADDRESSABLE)
    if wanted > largest:
        raise ShapeError(f"{what} {shape} would take {wanted:,} bytes, and this computer has {largest:,}")


def place_window(
    input_size: tuple[int, int],
    size: tuple[int, int],
    stride: tuple[int, int],
    padding: Padding | Literal["same"],
    dilation: tuple[int, int] = (1, 1),
    argument: str = "the window",
) -> tuple[Window, tuple[int, int]]:
    """Return the window with its padding resolved, and the output size (P, Q).

    P = floor((H + top + bottom - dilation * (KH - 1) - 1) / stride) + 1, and the same for Q. "same" pads
    so that P = ceil(H / stride); an odd pixel goes to the bottom or the right, as in PyTorch and Keras.

    Steps and padding that lead far beyond the image come back as shorter ones, so that the work of a kernel is bounded
    by the image and never by 2**31 - 1: with them each output meets the same pixels through the same cells, and the
    formula above gives the same output size. A stride that is never taken (one output) comes back as the shortest
    that gives one output, a dilation of one cell as 1.

    Raises ShapeError where the window does not fit into the padded image.
    """
    axes = []
    for axis, name in enumerate(("rows", "columns")):
        reach = dilation[axis] * (size[axis] - 1) + 1
        if padding == "same":
            wanted = -(-input_size[axis] // stride[axis])
            total = max((wanted - 1) * stride[axis] + reach - input_size[axis], 0)
            before, after = total // 2, total - total // 2
        else:
            before, after = padding[2 * axis], padding[2 * axis + 1]
        available = input_size[axis] + before + after
        if reach > available:
            raise ShapeError(
                f"{argument} {size} reaches over {reach} {name}, but the image has {input_size[axis]}"
                + (f" and {before + after} of padding" if before + after else "")
                + f"; make it smaller, or pad with padding={max(math.ceil((reach - input_size[axis]) / 2), 1)}"
            )
        outputs = (available - reach) // stride[axis] + 1
        axes.append(
            (outputs, *_shorten(input_size[axis], size[axis], outputs, stride[axis], dilation[axis], before, after))
        )
    (rows, stride_h, dilation_h, top, bottom), (columns, stride_w, dilation_w, left, right) = axes
    window = Window(size, (stride_h, stride_w), (top, bottom, left, right), (dilation_h, dilation_w))
    return window, (rows, columns)


def _shorten(
    length: int, cells: int, outputs: int, stride: int, dilation: int, before: int, after: int
) -> tuple[int, int, int, int]:
    """Return the shortest stride, dilation and padding of one axis with which every output meets what it met."""
    spare = length + before + after - (cells - 1) * dilation - (outputs - 1) * stride - 1
    stride, before = _nearest(stride, outputs, (cells - 1) * dilation + 1, length, before)
    dilation, before = _nearest(dilation, cells, (outputs - 1) * stride + 1, length, before)
    # What no window reaches at the end: less than a stride, or, where none is taken, as much as one likes.
    spare = min(spare, stride - 1 if outputs > 1 else length)
    after = (cells - 1) * dilation + (outputs - 1) * stride + 1 + spare - length - before
    return stride if outputs > 1 else min(stride, spare + 1), dilation if cells > 1 else 1, before, after


def _nearest(step: int, count: int, reach: int, length: int, before: int) -> tuple[int, int]:
    """Return the shortest step, and the padding before the image, with which ``count`` places meet what they met.

    Place i spans ``reach`` pixels from i * step - before on. With a step as long as reach and image together, one place
    at most meets the image: it stays where it is, and its neighbours just beyond.
    """
    shortest = min(step, reach + length)
    last = min((before + length - 1) // step, count - 1)  # of the places that begin before the image ends
    start = last * step - before
    if shortest == step and start > -reach:
        return step, before
    return shortest, last * shortest - max(start, -reach)


def padded_size(input_shape: Shape, padding: Padding) -> int:
    """Return how many numbers an image (C, H, W) has with its border."""
    channels, rows, columns = input_shape
    top, bottom, left, right = padding
    return channels * (rows + top + bottom) * (columns + left + right)


def check_image_shape(input_shape: Shape, layer: str) -> tuple[int, int, int]:
    """Return (C, H, W), or raise ShapeError where the shape of a sample is no image."""
    if len(input_shape) != 3:
        hint = "; a grey image has one channel: input_shape=(1, H, W)" if len(input_shape) == 2 else ""
        if len(input_shape) == 4:
            hint = f"; without the batch axis: input_shape={input_shape[1:]}"
        raise ShapeError(f"{layer} needs images (C, H, W), got samples of shape {input_shape}{hint}")
    channels, rows, columns = input_shape
    return channels, rows, columns


def is_channels_last(input_shape: Shape) -> bool:
    """Return whether the shape of a sample looks like an image (H, W, C): of a square and one channel, or of three."""
    if len(input_shape) != 3 or min(input_shape[:2]) < 8:
        return False
    rows, columns, channels = input_shape
    return channels == 3 or (channels == 1 and rows == columns)


def channels_last_hint(input_shape: Shape) -> str:
    """Say how to write the shape of an image that looks like (H, W, C), or nothing where it does not."""
    if not is_channels_last(input_shape):
        return ""
    rows, columns, channels = input_shape
    return (
        f". The input_shape {input_shape} looks like (H, W, C), nnfs wants (C, H, W): "
        f"input_shape=({channels}, {rows}, {columns}), x.transpose(0, 3, 1, 2)"
    )
