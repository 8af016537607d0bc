"""The guard of a network: what layers from outside this package return is checked before a kernel reads it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import DTypeError, ShapeError, UnsupportedError
from ..layers import LAYERS, Layer
from ..layers.chain import Chain, Node
from ..layers.context import Context
from ..layers.parameter import Parameter
from . import fusion


class GuardedLayer:
    """Run a layer from outside this package, and check what it returns before a kernel reads it.

    Kernels check nothing: where an output has another shape than ``output_shape`` promised, the next layer would read
    memory beyond it.
    The layer is given copies: one that writes into its input would change the user's array, or what other layers keep.
    """

    def __init__(self, layer: Layer, name: str, input_shape: Shape, output_shape: Shape, dtype: np.dtype[Any]) -> None:
        _check_reach(layer, name)
        self.layers = (layer,)
        self.layer, self.name, self.dtype = layer, name, dtype
        self.input_shape, self.output_shape = input_shape, output_shape

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.layer.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        y = self.layer.forward(_copied(x, "guarded x", ctx), ctx)
        self._check(y, (len(x), *self.output_shape), "forward", "as output_shape promised")
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = self.layer.backward(_copied(dy, "guarded dy", ctx), ctx)
        if not self.layer.trainable:  # which a layer from elsewhere need not know
            for parameter in self.layer.parameters.values():
                parameter.grad[...] = 0
        if ctx.needs_input_grad:
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
        return f"layer {self.name}, {self.layer!r}: {method} returned"


def _copied(array: Array, name: str, ctx: Context) -> Array:
    copy = ctx.empty(name, array.shape, array.dtype)
    np.copyto(copy, array)
    return copy


def _check_reach(layer: Layer, name: str) -> None:
    """Raise UnsupportedError for parameters that a layer holds where training would never find them.

    They would keep their first values, and be in no file.
    """
    known = {id(parameter) for parameter in layer.parameters.values()}
    for attribute, value in vars(layer).items():
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
        for part in parts:
            inner = part.parameters.values() if isinstance(part, Layer) else [part]
            if any(isinstance(each, Parameter) and id(each) not in known for each in inner):
                raise UnsupportedError(
                    f"layer {name}, {layer!r}: its attribute {attribute!r} holds parameters that training does not "
                    "find; give each parameter an attribute of its own, as in self.weight = nnfs.Parameter(...), and "
                    "let a network hold layers within others: nnfs.Residual([...]) or nnfs.Concat([[...], [...]])"
                )


def guard(layers: Chain, dtype: np.dtype[Any], within: str = "") -> list[Node]:
    """Return one node for each layer: layers of this package as they are, others as a `GuardedLayer`.

    ``within`` is what stands before a layer's index in its name.
    """
    return [
        layer
        if LAYERS.get(type(layer).__name__) is type(layer)
        else GuardedLayer(layer, f"{within}{index}", layers.shapes[index], layers.shapes[index + 1], dtype)
        for index, layer in enumerate(layers)
    ]


def set_nodes(layers: Chain, dtype: np.dtype[Any], fuse: bool, within: str = "") -> list[Node]:
    """Set the nodes of the layers and of those within them, fused where ``fuse``; return the guarded ones.

    ``within`` is what stands before a layer's index in its name.
    """
    guarded = guard(layers, dtype, within)
    layers.nodes = fusion.fuse(guarded) if fuse else guarded
    for index, chains in enumerate(layers.within):
        for name, chain in chains.items():
            set_nodes(chain, dtype, fuse, f"{within}{index}.{name}.")
    return guarded
