"""The guard at a network's door: layers from elsewhere are held to the shapes and types that kernels trust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._kernels.interface import Array
from .context import Context
from .errors import DTypeError, ShapeError
from .fusion import Node
from .layers import LAYERS, Layer
from .parameter import Parameter
from .shapes import Shape


class GuardedLayer:
    """Run a layer, and look at what it returns before a kernel reads it.

    Kernels check nothing: an output that is not of the shape that ``output_shape`` promised would let the next layer
    read what is not its own.
    """

    def __init__(self, layer: Layer, index: int, input_shape: Shape, output_shape: Shape, dtype: np.dtype[Any]) -> None:
        self.layers = (layer,)
        self.layer, self.index, self.dtype = layer, index, dtype
        self.input_shape, self.output_shape = input_shape, output_shape

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.layer.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        y = self.layer.forward(x, ctx)
        self._check(y, (len(x), *self.output_shape), "forward", "as output_shape promised")
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = self.layer.backward(dy, ctx)
        if not ctx.needs_input_grad:
            return None
        self._check(dx, (len(dy), *self.input_shape), "backward", "as its input, whose gradient it is")
        return dx

    def _check(self, result: Any, shape: Shape, method: str, why: str) -> None:
        if type(result) is np.ndarray and result.shape == shape and result.dtype == self.dtype:
            if result.flags.c_contiguous and result.flags.aligned:
                return
            raise ShapeError(
                f"{self._where(method)} an array that is not C-contiguous; write into ctx.empty(name, shape, dtype), "
                "or return np.ascontiguousarray(...)"
            )
        if not isinstance(result, np.ndarray):
            raise DTypeError(f"{self._where(method)} {type(result).__name__}; it must return an array {shape}, {why}")
        if result.shape != shape:
            raise ShapeError(f"{self._where(method)} an array {result.shape}; it must be {shape}, {why}")
        kind = f"of {result.dtype}" if type(result) is np.ndarray else f"of class {type(result).__name__}"
        raise DTypeError(f"{self._where(method)} an array {kind}; it must be a plain NumPy array of {self.dtype}")

    def _where(self, method: str) -> str:
        return f"layer {self.index}, {self.layer!r}: {method} returned"


def guard(layers: Sequence[Layer], shapes: Sequence[Shape], dtype: np.dtype[Any]) -> list[Node]:
    """Return one node for each layer: the layers of this package as they are, all others guarded.

    ``shapes`` are those before the first layer, between layers and after the last one.
    """
    return [
        layer
        if LAYERS.get(type(layer).__name__) is type(layer)
        else GuardedLayer(layer, index, shapes[index], shapes[index + 1], dtype)
        for index, layer in enumerate(layers)
    ]
