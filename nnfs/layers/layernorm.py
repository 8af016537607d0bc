"""Layer normalization."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..arguments.shapes import Shape, as_integer
from ..errors import ShapeError
from ..initializers import Initializer
from .context import Context
from .weighted import Weighted


class LayerNorm(Weighted):
    """Normalize each sample by itself, and give each feature a mean and a spread that are learned (Ba et al., 2016).

    With x (N, D), weight w and bias b (D,)::

        mean[n] = sum over d of x[n, d] / D,   variance[n] = sum over d of (x[n, d] - mean[n])**2 / D
        z[n] = (x[n] - mean[n]) / sqrt(variance[n] + epsilon),   y[n] = w z[n] + b
        dw = sum over n of dy[n] z[n],   db = sum over n of dy[n]
        dx[n] = (g - (sum of g + z[n] sum of g z[n]) / D) / sqrt(variance[n] + epsilon)   with g = w dy[n]

    Parameters
    ----------
    axes : int or None
        How many axes of a sample are normalized together, from the last: all where it is None. Of samples (T, D), 1
        normalizes each of the T rows by itself, which is what LayerNorm(D) of PyTorch and LayerNormalization() of
        Keras do. w and b have the shape of these axes.
    epsilon : float
        What keeps the root away from 0, above 0.
    initializer, bias_initializer : str or function
        First values of w and b, see `nnfs.initializers`.
    """

    numbers = frozenset({"epsilon"})

    def __init__(
        self,
        axes: int | None = None,
        *,
        epsilon: float = 1e-5,
        initializer: str | Initializer = "ones",
        bias_initializer: str | Initializer = "zeros",
    ) -> None:
        self.axes = None if axes is None else as_integer(axes, "LayerNorm: axes")
        self.epsilon = as_number(epsilon, "LayerNorm: epsilon", above=0)
        super().__init__(initializer, bias_initializer)

    def output_shape(self, input_shape: Shape) -> Shape:
        if self.axes is not None and self.axes > len(input_shape):
            raise ShapeError(
                f"LayerNorm: axes must be at most {len(input_shape)}, the axes of samples of shape {input_shape}, "
                f"got {self.axes}"
            )
        return input_shape

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        shape = input_shape if self.axes is None else input_shape[-self.axes :]
        self.draw_parameters(shape, shape, 1, 1, rng, dtype)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        rows = self._rows(x)
        mean, scale = ctx.empty("mean", rows.shape[:1], x.dtype), ctx.empty("scale", rows.shape[:1], x.dtype)
        kernels.layernorm_forward(
            rows,
            self.weight.value.reshape(-1),
            self.bias.value.reshape(-1),
            self.epsilon,
            y=self._rows(y),
            mean=mean,
            scale=scale,
        )
        ctx.save(x=x, mean=mean, scale=scale)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = ctx.empty("dx", dy.shape, dy.dtype) if ctx.needs_input_grad else None
        dweight, dbias = self.sums(ctx)
        kernels.layernorm_backward(
            self._rows(dy),
            self._rows(ctx.x),
            ctx.mean,
            ctx.scale,
            self.weight.value.reshape(-1),
            dweight=dweight.reshape(-1),
            dbias=dbias.reshape(-1),
            dx=None if dx is None else self._rows(dx),
        )
        return dx

    def _rows(self, x: Array) -> Array:
        """View an array (N, ...) as rows of what is normalized together; an empty batch has none."""
        size = self.weight.value.size
        return x.reshape(x.size // size, size)

    def multiply_adds(self, input_shape: Shape) -> int:
        return 2 * math.prod(input_shape)
