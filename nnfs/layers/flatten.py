"""The layer that turns images into rows of features."""

from __future__ import annotations

import math
from typing import Any

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from .context import Context
from .layer import Layer


class Flatten(Layer):
    """Lay all numbers of a sample in one row: (N, C, H, W) becomes (N, C H W). Nothing is copied."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)

    def forward(self, x: Array, ctx: Context) -> Array:
        ctx.save(input_shape=x.shape)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy: Array, ctx: Context) -> Array:
        return dy.reshape(ctx.input_shape)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Flatten", {"axis": 1}
