"""What layers with a weight share: its first values, and a bias that may be there."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..initializers import Initializer, draw, get_initializer
from .context import Context
from .layer import Layer
from .parameter import Parameter


class Weighted(Layer):
    """Hold a weight and, where ``use_bias``, a bias; a subclass draws both in its ``build`` by `draw_parameters`.

    Parameters
    ----------
    initializer, bias_initializer : str or function
        First values of weight and bias, see `nnfs.initializers`.
    """

    weight: Parameter
    bias: Parameter
    use_bias = True

    def __init__(self, initializer: str | Initializer, bias_initializer: str | Initializer) -> None:
        get_initializer(initializer)
        get_initializer(bias_initializer)
        self.initializer = initializer
        self.bias_initializer = bias_initializer

    def draw_parameters(
        self, weight: Shape, bias: Shape, fan_in: int, fan_out: int, rng: np.random.Generator, dtype: np.dtype[Any]
    ) -> None:
        """Create weight and bias of these shapes, with their first values."""
        self.weight = Parameter(draw(self.initializer, weight, fan_in, fan_out, rng, dtype))
        if self.use_bias:
            self.bias = Parameter(draw(self.bias_initializer, bias, fan_in, fan_out, rng, dtype))

    # The slots below and not the properties over them, which would cost a small network 2 % of its step.

    def values(self) -> tuple[Array, Array | None]:
        """Return the arrays of weight and bias, None for a bias that is not there."""
        return self.weight._value, self.bias._value if self.use_bias else None

    def gradients(self) -> tuple[Array, Array | None]:
        """Return the gradients of weight and bias, None for a bias that is not there."""
        return self.weight._grad, self.bias._grad if self.use_bias else None

    def sums(self, ctx: Context) -> tuple[Array, Array]:
        """Return where a kernel that cannot leave them out adds the gradients of weight and bias.

        Those of a frozen layer go into buffers that nobody reads.
        """
        weight, bias = self.weight._grad, self.bias._grad
        if self.trainable:
            return weight, bias
        return ctx.empty("dweight", weight.shape, weight.dtype), ctx.empty("dbias", bias.shape, bias.dtype)
