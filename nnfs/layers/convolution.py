"""What the convolution and the transposed one share."""

from __future__ import annotations

import math
from typing import Any, Literal

from .._kernels.interface import Padding, Window
from ..arguments.hyperparameters import as_flag
from ..arguments.shapes import Geometry, Shape, as_integer, as_padding, as_pair, check_image_shape
from ..errors import ShapeError
from ..initializers import Initializer
from .weighted import Weighted


class Convolution(Weighted):
    """Hold the arguments of a convolution, see `Conv2D`; a subclass says by `place` where its window goes."""

    window: Window
    output_size: tuple[int, int]
    read_size: Any = staticmethod(as_pair)
    read_padding: Any = staticmethod(as_padding)

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int],
        padding: int | tuple[int, int] | Padding | Literal["same"],
        dilation: int | tuple[int, int],
        groups: int,
        use_bias: bool,
        initializer: str | Initializer,
        bias_initializer: str | Initializer,
    ) -> None:
        name = type(self).__name__
        self.filters = as_integer(filters, f"{name}: filters")
        self.groups = as_integer(groups, f"{name}: groups")
        if self.filters % self.groups:
            raise ShapeError(f"{name}: filters must be a multiple of groups, got filters={filters}, groups={groups}")
        size, step = self.read_size(kernel_size, f"{name}: kernel_size"), self.read_size(stride, f"{name}: stride")
        spread = self.read_size(dilation, f"{name}: dilation")
        self._geometry = Geometry(size, step, self.read_padding(padding, f"{name}: padding"), spread)
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, stride, padding, dilation
        self.use_bias = as_flag(use_bias, f"{name}: use_bias")
        super().__init__(initializer, bias_initializer)

    def place(self, input_shape: Shape) -> tuple[Window, tuple[int, int]]:
        """Return the window for images of this shape, and the size of the output's images."""
        raise NotImplementedError(f"{type(self).__name__} has no place")

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.filters, *self.place(input_shape)[1])

    def check_groups(self, input_shape: Shape) -> tuple[int, int, int]:
        """Return (C, H, W), or raise ShapeError where a sample is no image whose channels make ``groups`` groups."""
        name = type(self).__name__
        channels, rows, columns = check_image_shape(input_shape, name)
        if channels % self.groups:
            raise ShapeError(
                f"{name}: groups must divide the input's channels, got groups={self.groups}, {channels} channels"
            )
        return channels, rows, columns

    def check_cells(self, window: Window, image: tuple[int, int], places: tuple[int, int]) -> None:
        """Raise ShapeError where nearly all cells of a large kernel lie beyond the image at every place of the window.

        Such cells change nothing, but each costs memory and time, for which a signal such as Ctrl-C waits.
        """
        axes = zip(image, places, window.size, window.stride, window.dilation, strict=True)
        rows, columns = (min(k, ((p - 1) * s + n - 1) // d + 1) for n, p, k, s, d in axes)
        if math.prod(window.size) > max(2**16, 16 * rows * columns):
            raise ShapeError(
                f"{type(self).__name__}: of the {window.size[0]} x {window.size[1]} cells of kernel_size, at most "
                f"{rows} x {columns} ever meet the image of {image[0]} x {image[1]} pixels, and the others change "
                "nothing; make kernel_size smaller"
            )
