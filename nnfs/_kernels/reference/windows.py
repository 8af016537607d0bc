"""Padding, convolution and pooling in NumPy.

Each kernel loops over the cells (i, j) of the window. For one cell, the pixels that it meets in all windows are a
strided view of the padded image, so that NumPy works on all outputs at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..interface import Array, Padding, Window


def pad2d_forward(x: Array, padding: Padding, *, y: Array) -> None:
    y.fill(0)
    _middle(y, padding)[...] = x


def pad2d_backward(dy: Array, padding: Padding, *, dx: Array) -> None:
    dx[...] = _middle(dy, padding)


def conv2d_forward(x: Array, weight: Array, bias: Array | None, window: Window, *, y: Array) -> None:
    groups = x.shape[1] // weight.shape[1]
    padded = _padded(x, window.padding)
    output = _split_channels(y, groups)
    output[...] = 0 if bias is None else bias.reshape(groups, -1, 1, 1)
    for i, j, pixels in _cells(padded, window, y.shape[2:]):
        w = weight[:, :, i, j].reshape(groups, -1, weight.shape[1])
        output += _mix(w, _split_channels(pixels, groups))


def conv2d_backward_input(dy: Array, weight: Array, window: Window, *, dx: Array) -> None:
    groups = dx.shape[1] // weight.shape[1]
    top, bottom, left, right = window.padding
    n, c, h, w = dx.shape
    padded = np.zeros((n, c, top + h + bottom, left + w + right), dx.dtype)
    gradient = _split_channels(dy, groups)
    for i, j, pixels in _cells(padded, window, dy.shape[2:]):
        w_transposed = weight[:, :, i, j].reshape(groups, -1, weight.shape[1]).transpose(0, 2, 1)
        pixels += _mix(w_transposed, gradient).reshape(pixels.shape)
    dx[...] = _middle(padded, window.padding)


def conv2d_backward_params(x: Array, dy: Array, window: Window, *, dweight: Array, dbias: Array | None) -> None:
    groups = x.shape[1] // dweight.shape[1]
    padded = _padded(x, window.padding)
    gradient = _split_channels(dy, groups)
    for i, j, pixels in _cells(padded, window, dy.shape[2:]):
        per_group = np.einsum("ngfpq,ngcpq->gfc", gradient, _split_channels(pixels, groups), optimize=groups == 1)
        dweight[:, :, i, j] += per_group.reshape(dweight.shape[:2])
    if dbias is not None:
        dbias += dy.sum(axis=(0, 2, 3))


def maxpool2d_forward(x: Array, window: Window, *, y: Array, argmax: Array) -> None:
    window = _cropped(window, x.shape[2:], y.shape[2:])
    top, _, left, _ = window.padding
    width = x.shape[3]
    padded = _padded(x, window.padding, fill=-np.inf)
    inside = _padded(np.ones_like(x, dtype=bool), window.padding)
    rows = np.arange(y.shape[2])[:, None] * window.stride[0] - top
    columns = np.arange(y.shape[3]) * window.stride[1] - left
    y.fill(-np.inf)
    argmax.fill(-1)
    is_inside = _cells(inside, window, y.shape[2:])
    for (i, j, pixels), (_, _, real) in zip(_cells(padded, window, y.shape[2:]), is_inside, strict=True):
        wins = real & ((argmax < 0) | (pixels > y) | (np.isnan(pixels) & ~np.isnan(y)))
        here = (rows + i * window.dilation[0]) * width + columns + j * window.dilation[1]
        np.copyto(y, pixels, where=wins)
        np.copyto(argmax, here.astype(argmax.dtype), where=wins)


def maxpool2d_backward(dy: Array, argmax: Array, *, dx: Array) -> None:
    n, c, h, w = dx.shape
    wrong = (argmax < -1) | (argmax >= h * w)
    if wrong.any():
        raise ValueError(f"argmax must be places from 0 to {h * w - 1}, got {argmax[wrong][0]}")
    dx.fill(0)
    plane = np.arange(n * c).reshape(n, c, 1, 1) * (h * w)
    won = argmax >= 0  # -1 marks a window that contains padding only
    np.add.at(dx.reshape(-1), (plane + argmax)[won], dy[won])


def avgpool2d_forward(x: Array, window: Window, count_include_pad: bool, *, y: Array) -> None:
    cropped = _cropped(window, x.shape[2:], y.shape[2:])
    y[...] = sum(pixels for _, _, pixels in _cells(_padded(x, cropped.padding), cropped, y.shape[2:]))
    y /= _pixel_counts(x.shape[2:], window, count_include_pad, y.shape[2:]).astype(y.dtype)


def avgpool2d_backward(dy: Array, window: Window, count_include_pad: bool, *, dx: Array) -> None:
    cropped = _cropped(window, dx.shape[2:], dy.shape[2:])
    padded = _padded(np.zeros_like(dx), cropped.padding)
    shares = dy / _pixel_counts(dx.shape[2:], window, count_include_pad, dy.shape[2:]).astype(dy.dtype)
    for _, _, pixels in _cells(padded, cropped, dy.shape[2:]):
        pixels += shares
    dx[...] = _middle(padded, cropped.padding)


def _middle(padded: Array, padding: Padding) -> Array:
    """Return a view of ``padded`` (N, C, top+H+bottom, left+W+right) without its border: (N, C, H, W)."""
    top, bottom, left, right = padding
    return padded[:, :, top : padded.shape[2] - bottom, left : padded.shape[3] - right]


def _padded(x: Array, padding: Padding, fill: float = 0) -> Array:
    """Return a copy of x (N, C, H, W) with a border of the number ``fill``, or x itself if all padding is 0."""
    if not any(padding):
        return x
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)


def _cropped(window: Window, size: tuple[int, ...], output_size: tuple[int, ...]) -> Window:
    """Return the window without the outer rows and columns of cells that lie on padding at every output.

    A pool that is much larger than its image has many of them.
    """
    cells, sides = [], []
    for axis in (0, 1):
        step, before, way = (
            window.dilation[axis],
            window.padding[2 * axis],
            (output_size[axis] - 1) * window.stride[axis],
        )
        last = min((before + size[axis] - 1) // step, window.size[axis] - 1)
        first = min(max(before - way, 0) // step, last)
        before -= first * step
        cells.append(last - first + 1)
        sides += [before, max((last - first) * step + way + 1 - size[axis] - before, 0)]
    top, bottom, left, right = sides
    return window._replace(size=(cells[0], cells[1]), padding=(top, bottom, left, right))


def _cells(padded: Array, window: Window, output_size: tuple[int, ...]) -> Iterator[tuple[int, int, Array]]:
    """Yield each cell (i, j) of the window with a view (N, C, P, Q): the pixel under this cell for each output."""
    p, q = output_size
    for i in range(window.size[0]):
        for j in range(window.size[1]):
            row, column = i * window.dilation[0], j * window.dilation[1]
            rows = slice(row, row + (p - 1) * window.stride[0] + 1, window.stride[0])
            columns = slice(column, column + (q - 1) * window.stride[1] + 1, window.stride[1])
            yield i, j, padded[:, :, rows, columns]


def _pixel_counts(
    size: tuple[int, ...], window: Window, count_include_pad: bool, output_size: tuple[int, ...]
) -> Array:
    """Return (P, Q): how many cells each window has or, unless ``count_include_pad``, how many lie on the image.

    ``size`` is (H, W) of the image, ``output_size`` is (P, Q).
    """
    if count_include_pad:
        return np.full(output_size, math.prod(window.size))
    window = _cropped(window, size, output_size)
    inside = _padded(np.ones((1, 1, *size), int), window.padding)
    return sum(pixels[0, 0] for _, _, pixels in _cells(inside, window, output_size))


def _split_channels(x: Array, groups: int) -> Array:
    """Return x (N, C, H, W) as a view (N, G, C/G, H, W), which has an axis for the groups."""
    n, c, h, w = x.shape
    return x.reshape(n, groups, c // groups, h, w)


def _mix(weight: Array, pixels: Array) -> Array:
    """Return (N, G, F, P, Q): the channels of each pixel (N, G, C, P, Q) times the matrix (F, C) of their group."""
    n, groups, c, p, q = pixels.shape
    return np.matmul(weight, pixels.reshape(n, groups, c, p * q)).reshape(n, groups, weight.shape[1], p, q)
