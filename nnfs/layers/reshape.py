"""The layer that gives samples another shape."""

from __future__ import annotations

import math
from typing import ClassVar

from ..arguments.shapes import Shape, as_integer, as_shape
from ..errors import ShapeError
from .rearrangement import Rearrangement


class Reshape(Rearrangement):
    """Read the numbers of a sample, in their order, as another shape: (N, ...) becomes (N, *shape). Nothing is copied.

    Parameters
    ----------
    shape : int or tuple of int
        The shape of an output, without the batch axis. One axis may be -1: it takes what is left.
    """

    hints: ClassVar = Rearrangement.hints | {"too many": "give the axes as one tuple: Reshape((2, 2))"}

    def __init__(self, shape: int | Shape) -> None:
        sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
        if not sizes:
            raise ShapeError("Reshape: shape must have at least one axis, got ()")
        for size in sizes:
            as_integer(size, "Reshape: shape", minimum=1 if size != -1 else -1)
        if sum(size == -1 for size in sizes) > 1:
            raise ShapeError(f"Reshape: shape may have one -1, got {shape}")
        self.shape, self._sizes = shape, sizes

    def output_shape(self, input_shape: Shape) -> Shape:
        sizes, size = self._sizes, math.prod(input_shape)
        known = math.prod(axis for axis in sizes if axis != -1)
        if size % known or (-1 not in sizes and size != known):
            raise ShapeError(
                f"Reshape: a sample of shape {input_shape} has {size} numbers, which do not make the shape {sizes}"
            )
        return as_shape(tuple(size // known if axis == -1 else axis for axis in sizes), "Reshape: shape")
