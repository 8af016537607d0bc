"""Layers that hold layers, and the list of them that a user gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import DTypeError
from .chain import Chain
from .layer import Layer
from .parameter import Parameter, Parameters


class Container(Layer):
    """Hold lists of layers, each of which is given the input of this layer.

    A subclass makes its lists by `as_chain` and names them in `chains`; what they give is joined by its ``forward``.
    """

    @property
    def chains(self) -> dict[str, Chain]:
        """The lists of layers by name."""
        raise NotImplementedError(
            f"{type(self).__name__} has no chains; write a property that names its lists of layers"
        )

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        for chain in self.chains.values():
            chain.build(input_shape, rng, dtype)

    def multiply_adds(self, input_shape: Shape) -> int:
        return sum(chain.multiply_adds(input_shape) for chain in self.chains.values())

    def pass_size(self, input_shape: Shape) -> int:
        return super().pass_size(input_shape) + sum(chain.pass_size(input_shape) for chain in self.chains.values())

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of all layers within by name, such as ``body.0.weight``, after those of this layer itself."""
        inner = self.chains.items()
        within = {f"{at}.{name}": value for at, chain in inner for name, value in chain.parameters.items()}
        return Parameters(super().parameters | within)

    @property
    def trainable(self) -> bool:
        """Whether training changes any layer within this one; to set it sets it for all of them."""
        return any(layer.trainable for chain in self.chains.values() for layer in chain)

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        for chain in self.chains.values():
            for layer in chain:
                layer.trainable = trainable

    @property
    def trainable_parameters(self) -> dict[str, Parameter]:
        """The parameters that training changes, by name: those of this layer itself while any layer within trains."""
        own, inner = super().parameters if self.trainable else {}, self.chains.items()
        return own | {
            f"{at}.{name}": value for at, chain in inner for name, value in chain.trainable_parameters.items()
        }

    @property
    def buffers(self) -> dict[str, Array]:
        """The buffers of all layers within by name, such as ``body.1.running_mean``."""
        inner = self.chains.items()
        return {f"{at}.{name}": value for at, chain in inner for name, value in chain.buffers.items()}


def as_chain(layers: Any, argument: str) -> Chain:
    """Return the chain of the layers that a user gave as a list, which errors call ``argument``.

    Raises
    ------
    DTypeError
        For what is no list of layers: instances, not classes.
    UnsupportedError
        Where layers stand too deep within each other, or are too many.
    """
    if not isinstance(layers, list | tuple):
        raise DTypeError(f"{argument} must be a list of layers, got {layers!r}")
    for index, layer in enumerate(layers):
        if isinstance(layer, type):
            raise DTypeError(
                f"{argument}[{index}] is the class {layer.__name__}; make one of it: {layer.__name__}(...)"
            )
        if not isinstance(layer, Layer):
            raise DTypeError(f"{argument}[{index}] must be a layer, got {layer!r} of type {type(layer).__name__}")
    return Chain(layers, argument, [layer.chains if isinstance(layer, Container) else {} for layer in layers])


def ends_in(layer: Layer, kind: type[Layer]) -> bool:
    """Return whether a layer, or a list of layers within it, ends in a layer of this kind."""
    if isinstance(layer, Container):
        return any(ends_in(chain[-1], kind) for chain in layer.chains.values() if chain)
    return isinstance(layer, kind)
