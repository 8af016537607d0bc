"""Sizes, checked and computed with Python integers before any array exists.

Kernels do not check their arguments. Therefore everything about a geometry is checked here: types, ranges, padding and
the size of the output. Errors name the argument, what was got and what was wanted.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from .._kernels.interface import Padding, Window
from ..errors import DTypeError, ShapeError
from ..system.memory import memory_bytes

Shape: TypeAlias = tuple[int, ...]

LARGEST = 2**31 - 1
"""The largest size, stride, padding or dilation that is accepted."""

ADDRESSABLE = 2**47
"""The bytes that a process can address on today's processors; far below 2**63, so that sums in kernels stay exact."""


def as_integer(value: Any, argument: str, minimum: int = 1, maximum: int = LARGEST) -> int:
    """Return ``value`` as an int in [minimum, maximum].

    Raises DTypeError for a value that is no integer (a bool and 1.0 are none), ShapeError for one out of range.
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
    """Return (rows, columns) from a pair, or from one integer that is used for both.

    Raises DTypeError for a number that is no integer, ShapeError for one below ``minimum`` or another count of numbers.
    """
    if not isinstance(value, tuple | list):
        number = as_integer(value, argument, minimum)
        return number, number
    if len(value) != 2:
        raise ShapeError(f"{argument} must be an integer or a pair (rows, columns), got {len(value)} numbers: {value}")
    return as_integer(value[0], argument, minimum), as_integer(value[1], argument, minimum)


def as_padding(value: Any, argument: str) -> Padding | Literal["same"]:
    """Return (top, bottom, left, right) from an integer, a pair (rows, columns) or four numbers; "same" stays "same".

    Raises DTypeError or ShapeError for anything else; no number may be negative.
    """
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


def as_sides(value: Any, argument: str) -> Padding:
    """Return (top, bottom, left, right) from an integer, a pair (rows, columns) or four numbers.

    Raises ShapeError for "same", and DTypeError or ShapeError for anything else.
    """
    sides = as_padding(value, argument)
    if sides == "same":
        raise ShapeError(f'{argument} must be numbers; "same" is for Conv2D and the pooling layers')
    return sides


class Geometry(NamedTuple):
    """Say how a window slides over images of any size; `place_window` settles it for one size."""

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: Padding | Literal["same"]
    dilation: tuple[int, int] = (1, 1)


def as_pool(
    pool_size: Any,
    stride: Any,
    padding: Any,
    layer: str,
    read_size: Callable[[Any, str], tuple[int, int]] = as_pair,
    read_padding: Callable[[Any, str], Padding | Literal["same"]] = as_padding,
) -> Geometry:
    """Return the geometry of a pooling layer's window; a stride of None means the size.

    ``read_size`` and ``read_padding`` take an argument and its name, and return a size and a padding as pairs.

    Raises ShapeError when the padding is more than half of the window: some windows would then hold padding only.
    """
    size = read_size(pool_size, f"{layer}: pool_size")
    step = size if stride is None else read_size(stride, f"{layer}: stride")
    sides = read_padding(padding, f"{layer}: padding")
    if sides != "same" and (max(sides[:2]) > size[0] // 2 or max(sides[2:]) > size[1] // 2):
        raise ShapeError(f"{layer}: padding must be at most half of pool_size {pool_size}, got {padding}")
    return Geometry(size, step, sides)


def as_shape(value: Any, argument: str) -> Shape:
    """Return the shape of one sample, a tuple of positive integers, from one integer or a tuple or list of them.

    Raises DTypeError for a shape with a batch axis (None or -1 first) and ShapeError for a shape without an axis, a
    size below 1, or a sample larger than the computer's memory.
    """
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
    """Raise ShapeError when an array of this shape is larger than the memory of this computer.

    ``itemsize`` is the bytes of one number. 8 bytes are a float64 number, or a float32 number and its gradient.
    ``what`` is the name of the array in the message.
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

    P = floor((H + top + bottom - dilation * (KH - 1) - 1) / stride) + 1; Q is computed like P, from the columns.
    "same" pads so that P = ceil(H / stride); an odd pixel goes to the bottom or the right, as in PyTorch and Keras.

    A stride, dilation or padding that reaches far beyond the image is replaced by a shorter one that gives equal
    outputs: each output reads the same pixels through the same cells of the window, and P and Q do not change. The
    work of a kernel is then bounded by the image, never by 2**31 - 1. With one output the stride becomes the shortest
    that gives one output; with one cell the dilation becomes 1.

    Parameters
    ----------
    input_size, size, stride, dilation : (int, int)
        Rows and columns of the image, of the window, of its steps, and of the steps between its cells.
    padding : (top, bottom, left, right) or "same"
        Pixels around the image.
    argument : str
        The name of the window in the message.

    Raises
    ------
    ShapeError
        When the window does not fit into the padded image.
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
    """Return the shortest stride, dilation and padding of one axis with which every output reads the same pixels.

    ``length`` is that of the image, ``cells`` that of the window, ``outputs`` that of the result.
    """
    spare = length + before + after - (cells - 1) * dilation - (outputs - 1) * stride - 1
    stride, before = _nearest(stride, outputs, (cells - 1) * dilation + 1, length, before)
    dilation, before = _nearest(dilation, cells, (outputs - 1) * stride + 1, length, before)
    # The pixels at the end that no window reaches: fewer than a stride, or any number if there is one output only.
    spare = min(spare, stride - 1 if outputs > 1 else length)
    after = (cells - 1) * dilation + (outputs - 1) * stride + 1 + spare - length - before
    return stride if outputs > 1 else min(stride, spare + 1), dilation if cells > 1 else 1, before, after


def _nearest(step: int, count: int, reach: int, length: int, before: int) -> tuple[int, int]:
    """Return the shortest step, and the padding before the image, with which ``count`` spans cover the same pixels.

    Span i covers ``reach`` pixels from pixel i * step - before on; the image has ``length`` pixels. If the step is
    longer than reach + length, at most one span meets the image. That span keeps its position, and its neighbours move
    to just outside the image.
    """
    shortest = min(step, reach + length)
    last = min((before + length - 1) // step, count - 1)  # the last span that begins before the image ends
    start = last * step - before
    if shortest == step and start > -reach:
        return step, before
    return shortest, last * shortest - max(start, -reach)


def padded_size(input_shape: Shape, padding: Padding) -> int:
    """Return how many numbers an image (C, H, W), or a signal (C, L), has after padding (top, bottom, left, right)."""
    channels, *rows, columns = input_shape
    top, bottom, left, right = padding
    return channels * (math.prod(rows) + top + bottom) * (columns + left + right)


def check_image_shape(input_shape: Shape, layer: str) -> tuple[int, int, int]:
    """Return the shape of a sample as (C, H, W); raise ShapeError, which names ``layer``, unless it has three axes."""
    if len(input_shape) != 3:
        hint = "; a grey image has one channel: input_shape=(1, H, W)" if len(input_shape) == 2 else ""
        if len(input_shape) == 4:
            hint = f"; without the batch axis: input_shape={input_shape[1:]}"
        raise ShapeError(f"{layer} needs images (C, H, W), got samples of shape {input_shape}{hint}")
    channels, rows, columns = input_shape
    return channels, rows, columns


def check_channels_shape(input_shape: Shape, layer: str) -> Shape:
    """Return the shape of a sample; raise ShapeError, which names ``layer``, unless it is (C,), (C, L) or (C, H, W)."""
    if len(input_shape) > 3:
        raise ShapeError(
            f"{layer} needs features (C,), signals (C, L) or images (C, H, W), got samples of shape {input_shape}"
        )
    return input_shape


def is_channels_last(input_shape: Shape) -> bool:
    """Return whether the shape of a sample looks like an image (H, W, C) instead of (C, H, W).

    It does if it has at least 8 rows and columns, and a last axis of 3, or of 1 after a square.
    """
    if len(input_shape) != 3 or min(input_shape[:2]) < 8:
        return False
    rows, columns, channels = input_shape
    return channels == 3 or (channels == 1 and rows == columns)


def channels_last_hint(input_shape: Shape) -> str:
    """Return the hint that shows the shape (C, H, W) for one that looks like (H, W, C); "" for any other."""
    if not is_channels_last(input_shape):
        return ""
    rows, columns, channels = input_shape
    return (
        f". The input_shape {input_shape} looks like (H, W, C), nnfs wants (C, H, W): "
        f"input_shape=({channels}, {rows}, {columns}), x.transpose(0, 3, 1, 2)"
    )


def read_size(text: str) -> tuple[int, int]:
    """Return rows and columns of images, given as width x height: ``"64x48"`` is (48, 64); raise ValueError for others.

    Images have at most 10,000 rows and columns.
    """
    width, _, height = text.lower().replace(" ", "").partition("x")
    if all(side.isascii() and side.isdigit() and 0 < int(side[:6]) <= 10_000 for side in (width, height)):
        return int(height), int(width)
    raise ValueError(f"size is {text[:50]!r}; it must be width x height, such as 32x32")
