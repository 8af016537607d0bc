"""The base of the layers that give the numbers of a sample another shape, and change nothing else."""

from __future__ import annotations

from .._kernels.interface import Array
from .context import Context
from .layer import Layer


class Rearrangement(Layer):
    """Read the numbers of a sample, in their order, as ``output_shape``, which a subclass states. Nothing is copied."""

    def forward(self, x: Array, ctx: Context) -> Array:
        ctx.save(input_shape=x.shape)
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: Array, ctx: Context) -> Array:
        return dy.reshape(ctx.input_shape)
