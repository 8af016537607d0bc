"""What the pooling layers share: those with a window, and those that reduce each channel to one number."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .._kernels.interface import Padding, Window
from ..arguments.shapes import Shape, as_padding, as_pair, as_pool, check_image_shape, padded_size, place_window
from .layer import Layer


class Pooling(Layer):
    """Hold the window of a pooling layer, see `MaxPool2D`, and place it on images."""

    window: Window
    output_size: tuple[int, int]
    read_size: Any = staticmethod(as_pair)
    read_padding: Any = staticmethod(as_padding)

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None,
        padding: int | tuple[int, int] | Padding | Literal["same"],
    ) -> None:
        name = type(self).__name__
        self._geometry = as_pool(pool_size, stride, padding, name, self.read_size, self.read_padding)
        self.pool_size, self.stride, self.padding = pool_size, stride, padding

    def place(self, input_shape: Shape) -> tuple[Window, tuple[int, int]]:
        """Return the window for images of this shape, and the size of the output's images."""
        name = type(self).__name__
        _, rows, columns = check_image_shape(input_shape, name)
        return place_window((rows, columns), *self._geometry, argument=f"{name}: pool_size")

    def output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], *self.place(input_shape)[1])

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        self.window, self.output_size = self.place(input_shape)

    def pass_size(self, input_shape: Shape) -> int:
        return super().pass_size(input_shape) + padded_size(input_shape, self.place(input_shape)[0].padding)


class GlobalPooling(Layer):
    """Reduce each channel of an image to one number: (N, C, H, W) becomes (N, C)."""

    check_shape: Any = staticmethod(check_image_shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.check_shape(input_shape, type(self).__name__)[0],)
