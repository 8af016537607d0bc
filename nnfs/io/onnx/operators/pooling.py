"""Pooling: the largest number or the mean of each window, or of whole images."""

from __future__ import annotations

import numpy as np

from ...._kernels import kernels
from ...._kernels.interface import Array, Padding, Window
from ....errors import FormatError, UnsupportedError
from ..graph_size import check_array_size
from ..node import Node
from .windows import Pair, as_images, kernel_shape, node_window, pair


def max_pool(node: Node, x: Array) -> Array | tuple[Array, Array]:
    """Return the largest pixel of each window, and if wanted its index in the flattened x.

    Of equal pixels the first is taken, NaN counts as larger than every number, and padding is never taken. With
    storage_order=1, the index counts down the columns of an image.
    """
    images = as_images(x)
    n, c, h, w = images.shape
    window, size, _ = node_window(node, images, kernel_shape(node))
    check_array_size((n, c, *size), np.dtype(np.int64))
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
    """Return the mean of each window: a convolution with ones, divided by the number of pixels that count.

    Pixels of the padding count if count_include_pad is set. Pixels that ceil_mode adds never count.
    """
    images = as_images(x)
    n, c, h, w = images.shape
    window, size, padding = node_window(node, images, kernel_shape(node))
    check_array_size((n, c, *size), images.dtype)
    ones = np.ones((1, 1, *window.size), images.dtype)
    total = np.empty((n * c, 1, *size), images.dtype)
    kernels.conv2d_forward(images.reshape(n * c, 1, h, w), ones, None, window, y=total)
    counts = np.multiply.outer(*(_count_cells(node, axis, (h, w)[axis], size[axis], padding) for axis in (0, 1)))
    return (total.reshape(n, c, *size) / counts.astype(images.dtype)).astype(x.dtype, copy=False)


def _count_cells(node: Node, axis: int, length: int, outputs: int, padding: Padding) -> Array:
    """Return how many cells of the window count at each output along one axis, an array (outputs,).

    Cells count within the image of ``length`` pixels and, if count_include_pad is set, within the padding of the
    attribute pads. With ceil_mode the last window may reach beyond this padding.
    """
    before, after = padding[2 * axis], padding[2 * axis + 1]
    if node.attributes.get("count_include_pad"):
        before, length = 0, before + length + after
    start = np.arange(outputs) * pair(node, "strides")[axis] - before
    dilation, cells = pair(node, "dilations")[axis], kernel_shape(node)[axis]
    first = np.maximum(-(start // dilation), 0)
    last = np.minimum((length - 1 - start) // dilation, cells - 1)
    return np.maximum(last - first + 1, 0)


def global_average_pool(node: Node, x: Array) -> Array:
    """Return the mean of each channel of each sample, shape (N, C, 1, ...)."""
    return x.mean(axis=_pixels(x), keepdims=True)


def global_max_pool(node: Node, x: Array) -> Array:
    """Return the largest number of each channel of each sample, shape (N, C, 1, ...)."""
    return x.max(axis=_pixels(x), keepdims=True)


def global_lp_pool(node: Node, x: Array) -> Array:
    """Return (sum of abs(x)**p)**(1/p) of each channel of each sample, shape (N, C, 1, ...)."""
    power = node.attributes["p"]
    if power < 1:
        raise FormatError(f"attribute p: got {power}, wanted a number from 1 on")
    return ((np.abs(x) ** power).sum(axis=_pixels(x), keepdims=True) ** (1 / power)).astype(x.dtype, copy=False)


def _pixels(x: Array) -> tuple[int, ...]:
    if x.ndim < 3 or 0 in x.shape[2:]:
        raise FormatError(f"input X: got shape {x.shape}, wanted a batch axis, a channel axis and pixels")
    return tuple(range(2, x.ndim))


def _check_windows(window: Window, image: Pair, output: Pair) -> None:
    """Raise UnsupportedError when a window covers no pixel of the image, and therefore has no largest pixel."""
    for axis, before in ((0, window.padding[0]), (1, window.padding[2])):
        step = window.dilation[axis]
        start = np.arange(output[axis]) * window.stride[axis] - before
        first = np.maximum(-(start // step), 0)  # the first cell that is not before the image
        if (first >= window.size[axis]).any() or (start + first * step >= image[axis]).any():
            raise UnsupportedError("attribute pads: a window lies in the padding alone, and has no largest pixel")
