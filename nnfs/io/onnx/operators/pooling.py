"""Pooling: the largest number or the mean of windows, or of whole images."""

from __future__ import annotations

import numpy as np

from .... import _kernels as kernels
from ...._kernels.interface import Array, Window
from ....errors import FormatError, UnsupportedError
from ..limits import check_array
from ..node import Node
from .windows import Pair, as_images, kernel_shape, place


def max_pool(node: Node, x: Array) -> Array | tuple[Array, Array]:
    """Return the largest pixel of each window, and its place in the whole of x.

    Of equal pixels the first wins, NaN beats every number, and padding never wins. Places count columns first where
    storage_order is 1.
    """
    images = as_images(x)
    n, c, h, w = images.shape
    window, size, _ = place(node, images, kernel_shape(node))
    check_array((n, c, *size), np.dtype(np.int64))
    _check_windows(window, (h, w), size)
    y, argmax = np.empty((n, c, *size), images.dtype), np.empty((n, c, *size), np.int32)
    kernels.maxpool2d_forward(images, window, y=y, argmax=argmax)
    y = y.astype(x.dtype, copy=False)
    if len(node.outputs) == 1:
        return y
    row, column = np.divmod(argmax.astype(np.int64), w)
    place_in_image = column * h + row if node.attributes["storage_order"] else row * w + column
    return y, place_in_image + np.arange(n * c).reshape(n, c, 1, 1) * (h * w)


def average_pool(node: Node, x: Array) -> Array:
    """Return the mean of each window: a convolution with ones, divided by the pixels that count.

    Padding counts where count_include_pad says so, but never what ceil_mode adds to it.
    """
    images = as_images(x)
    n, c, h, w = images.shape
    window, size, (top, bottom, left, right) = place(node, images, kernel_shape(node))
    check_array((n, c, *size), images.dtype)
    ones = np.ones((1, 1, *window.size), images.dtype)
    total, counts = np.empty((n * c, 1, *size), images.dtype), np.empty((1, 1, *size), images.dtype)
    kernels.conv2d_forward(images.reshape(n * c, 1, h, w), ones, None, window, y=total)
    if node.attributes.get("count_include_pad"):
        # The last window may end before the padding that was asked for, or, with ceil_mode, behind it.
        sides = window.padding
        rest = 0, max(sides[1] - bottom, 0), 0, max(sides[3] - right, 0)
        counted = np.ones((1, 1, h + top + min(bottom, sides[1]), w + left + min(right, sides[3])), images.dtype)
        kernels.conv2d_forward(counted, ones, None, window._replace(padding=rest), y=counts)
    else:
        kernels.conv2d_forward(np.ones((1, 1, h, w), images.dtype), ones, None, window, y=counts)
    return (total / counts).reshape(n, c, *size).astype(x.dtype, copy=False)


def global_average_pool(node: Node, x: Array) -> Array:
    """Return the mean of each channel of each sample."""
    return x.mean(axis=_pixels(x), keepdims=True)


def global_max_pool(node: Node, x: Array) -> Array:
    """Return the largest number of each channel of each sample."""
    return x.max(axis=_pixels(x), keepdims=True)


def global_lp_pool(node: Node, x: Array) -> Array:
    """Return (sum of abs(x)**p)**(1/p) of each channel of each sample."""
    power = node.attributes["p"]
    if power < 1:
        raise FormatError(f"attribute p: got {power}, wanted a number from 1 on")
    return ((np.abs(x) ** power).sum(axis=_pixels(x), keepdims=True) ** (1 / power)).astype(x.dtype, copy=False)


def _pixels(x: Array) -> tuple[int, ...]:
    if x.ndim < 3 or 0 in x.shape[2:]:
        raise FormatError(f"input X: got shape {x.shape}, wanted a batch axis, a channel axis and pixels")
    return tuple(range(2, x.ndim))


def _check_windows(window: Window, image: Pair, output: Pair) -> None:
    """Raise UnsupportedError where a window has no pixel of the image, and so no largest one."""
    for axis, before in ((0, window.padding[0]), (1, window.padding[2])):
        step = window.dilation[axis]
        start = np.arange(output[axis]) * window.stride[axis] - before
        first = np.maximum(-(start // step), 0)  # the first cell that is not before the image
        if (first >= window.size[axis]).any() or (start + first * step >= image[axis]).any():
            raise UnsupportedError("attribute pads: a window lies in the padding alone, and has no largest pixel")
