"""Rotation of images about their centres in NumPy, by bilinear interpolation."""

from __future__ import annotations

import numpy as np

from ..interface import Array


def rotate2d(x: Array, cos: Array, sin: Array, *, y: Array) -> None:
    height, width = x.shape[2:]
    cos, sin = cos[:, None, None, None], sin[:, None, None, None]
    down = (np.arange(height)[:, None] - (height - 1) / 2).astype(x.dtype)
    right = (np.arange(width) - (width - 1) / 2).astype(x.dtype)
    # Where each output pixel comes from, in an image with a border of one 0; places further out move to the border.
    rows = np.fmin(np.fmax(cos * down + sin * right + (height + 1) / 2, 0), height + 1)
    columns = np.fmin(np.fmax(cos * right - sin * down + (width + 1) / 2, 0), width + 1)
    top, left = np.minimum(rows.astype(np.intp), height), np.minimum(columns.astype(np.intp), width)
    below, beside = (rows - top).astype(x.dtype), (columns - left).astype(x.dtype)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    planes = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], 1, 1)
    corner = (planes * (height + 2) + top) * (width + 2) + left
    above = padded.take(corner) * (1 - beside) + padded.take(corner + 1) * beside
    corner += width + 2
    y[...] = above * (1 - below) + (padded.take(corner) * (1 - beside) + padded.take(corner + 1) * beside) * below
