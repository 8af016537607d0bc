"""The layer that puts the axes of samples in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape, as_integer
from ..errors import ShapeError
from .context import Context
from .layer import Layer


class Permute(Layer):
    """Put the axes of samples in another order: y has the axes ``dims`` of x, dx those of dy put back.

    ``Permute((3, 1, 2))`` makes images with channels last, (N, H, W, C), those of this package, (N, C, H, W).

    Parameters
    ----------
    dims : tuple of int
        The axes of x in the order of y. 1 is the first axis of a sample, since 0 is the batch.
    """

    def __init__(self, dims: tuple[int, ...]) -> None:
        if not isinstance(dims, tuple | list) or not dims:
            raise ShapeError(f"Permute: dims must be a tuple of axes, got {dims!r}")
        self.dims = tuple(as_integer(axis, "Permute: dims", minimum=1) for axis in dims)
        if sorted(self.dims) != list(range(1, len(dims) + 1)):
            raise ShapeError(f"Permute: dims must have each axis from 1 to {len(dims)} once, got {self.dims}")

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != len(self.dims):
            raise ShapeError(f"Permute: dims has {len(self.dims)} axes, got samples of shape {input_shape}")
        return tuple(input_shape[axis - 1] for axis in self.dims)

    def forward(self, x: Array, ctx: Context) -> Array:
        moved = x.transpose(0, *self.dims)
        y = ctx.empty("y", moved.shape, x.dtype)
        np.copyto(y, moved)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array:
        moved = dy.transpose(np.argsort((0, *self.dims)))
        dx = ctx.empty("dx", moved.shape, dy.dtype)
        np.copyto(dx, moved)
        return dx

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Transpose", {"perm": (0, *self.dims)}
