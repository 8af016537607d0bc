"""What makes a layer of images one of signals: a signal (C, L) is an image of one row, (C, 1, L)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array, Window
from ..arguments.shapes import Geometry, Shape
from ..arguments.signals import as_ends, as_row, check_reach, check_signal_shape
from .context import Context


class OnSignals:
    """Run what stands behind it in a list of bases, a layer or a node of images, on signals (N, C, L).

    Nothing is copied: signals and their gradients are seen as images of one row. So the outputs have the bits that a
    network of images has.
    """

    def forward(self, x: Array, ctx: Context) -> Array:
        y: Array = super().forward(as_images(x), ctx)  # type: ignore[misc]
        return y.reshape(y.shape[0], y.shape[1], y.shape[3])

    def backward(self, dy: Array, ctx: Context) -> Any:
        dx: Array | None = super().backward(as_images(dy), ctx)  # type: ignore[misc]
        return None if dx is None else dx.reshape(dx.shape[0], dx.shape[1], dx.shape[3])


class WindowOnSignals(OnSignals):
    """Slide the window of a layer of images, which stands behind it in a list of bases, over signals (N, C, L)."""

    read_size = staticmethod(as_row)
    read_padding = staticmethod(as_ends)
    size_name = "kernel_size"
    """The argument that is the size of the window."""
    _geometry: Geometry

    def place(self, input_shape: Shape) -> tuple[Window, tuple[int, int]]:
        """Return the window for signals of this shape, of one row, and the size (1, P) of the output."""
        name = type(self).__name__
        channels, length = check_signal_shape(input_shape, name)
        check_reach(self._geometry, (channels, length), f"{name}: {self.size_name}")
        return super().place((channels, 1, length))  # type: ignore[misc]

    def output_shape(self, input_shape: Shape) -> Shape:
        channels, _, length = super().output_shape(input_shape)  # type: ignore[misc]
        return channels, length


def as_images(x: Array) -> Array:
    """View signals (N, C, L) as images (N, C, 1, L)."""
    return x[:, :, np.newaxis]
