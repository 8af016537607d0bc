"""The material of the checks of a layer: new layers, inputs, and contexts."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..layers import Layer
from ..layers.context import Context


@dataclass
class LayerCase:
    """The material of every check: new layers, inputs, and contexts whose random generators begin anew."""

    layer: Layer
    input_shape: Shape
    batch: int
    seed: int
    training: bool

    def build(self, dtype: str = "float64", layer: Layer | None = None) -> Layer:
        """Return a copy of the layer or of another one, built, whose weights and buffers are moved off 0 and 1."""
        fresh = copy.deepcopy(self.layer if layer is None else layer)
        rng = np.random.default_rng(self.seed)
        fresh.build(self.input_shape, rng, np.dtype(dtype))
        for parameter in fresh.parameters.values():  # a factor of 1 or a term of 0 would hide in every product and sum
            parameter.value += rng.uniform(0.1, 0.3, parameter.value.shape).astype(parameter.value.dtype)
        for buffer in fresh.buffers.values():
            if buffer.dtype.kind == "f":
                buffer += rng.uniform(0.1, 0.3, buffer.shape).astype(buffer.dtype)
        return fresh

    def x(self, which: int = 0) -> Array:
        """Return an input of distinct numbers; ``which`` chooses one of several."""
        return _distinct((self.batch, *self.input_shape), self.seed + which)

    def dy(self, which: int = 0) -> Array:
        """Return a random gradient of the output; ``which`` chooses one of several."""
        shape = (self.batch, *self.layer.output_shape(self.input_shape))
        return np.random.default_rng([self.seed, which]).normal(size=shape)

    def context(self, needs_input_grad: bool = True) -> Context:
        """Return a new context."""
        ctx = Context()
        ctx.needs_input_grad = needs_input_grad
        self.reset(ctx)
        return ctx

    def reset(self, ctx: Context) -> None:
        """Let the random generator of a context begin anew."""
        ctx.training, ctx.rng = self.training, np.random.default_rng(self.seed)

    def one_pass(self, layer: Layer, x: Array, dy: Array, ctx: Context) -> dict[str, Array | None]:
        """Set gradients to 0, run forward and backward, and return copies of the output and of all gradients."""
        for parameter in layer.parameters.values():
            parameter.grad.fill(0)
        self.reset(ctx)
        y = layer.forward(x, ctx).copy()
        dx = layer.backward(dy, ctx)
        gradients = {f"the gradient of {name}": p.grad.copy() for name, p in layer.parameters.items()}
        return {"the output": y, "the gradient of x": None if dx is None else dx.copy(), **gradients}


def _distinct(shape: Shape, seed: int) -> Array:
    """Return distinct numbers between -2 and 2 in random order, at least 2 / size apart and 1 / size away from 0."""
    size = int(np.prod(shape))
    return ((np.random.default_rng(seed).permutation(2 * size)[:size] + 0.5) * 2 / size - 2).reshape(shape)
