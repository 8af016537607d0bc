"""The fully connected layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_flag
from ..arguments.shapes import Shape, as_integer, check_size
from ..errors import ShapeError
from ..initializers import Initializer
from .context import Context
from .weighted import Weighted


class Dense(Weighted):
    """Multiply by a matrix and add a bias: y = x W^T + b.

    With x (N, D), weight W (K, D) and bias b (K,)::

        y[n, k]  = b[k] + sum over d of x[n, d] W[k, d]
        dW[k, d] = sum over n of dy[n, k] x[n, d]
        db[k]    = sum over n of dy[n, k]
        dx[n, d] = sum over k of dy[n, k] W[k, d]

    With x (N, T, D), such as T steps of D numbers, each of the N T rows is such an x[n]: y is (N, T, K), and the sums
    over n are sums over all rows. That is what the layers of PyTorch and Keras do with such an x.

    Parameters
    ----------
    units : int
        K, the number of outputs.
    use_bias : bool
        Whether b is there.
    initializer, bias_initializer : str or function
        First values of W and b, see `nnfs.initializers`.
    """

    output_size: Shape

    def __init__(
        self,
        units: int,
        *,
        use_bias: bool = True,
        initializer: str | Initializer = "he_uniform",
        bias_initializer: str | Initializer = "zeros",
    ) -> None:
        self.units = as_integer(units, "Dense: units")
        self.use_bias = as_flag(use_bias, "Dense: use_bias")
        super().__init__(initializer, bias_initializer)

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) > 2:
            raise ShapeError(
                f"Dense needs samples (D,) or (T, D), got samples of shape {input_shape}; "
                f"put Flatten() before it: [..., Flatten(), {self!r}]"
            )
        check_size((self.units, input_shape[-1]), "Dense: a weight of shape")
        return (*input_shape[:-1], self.units)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        features = input_shape[-1]
        self.output_size = self.output_shape(input_shape)
        self.draw_parameters((self.units, features), (self.units,), features, self.units, rng, dtype)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", (len(x), *self.output_size), x.dtype)
        weight, bias = self.values()
        kernels.dense_forward(as_rows(x), weight, bias, y=as_rows(y))
        ctx.x = x
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dy = as_rows(dy)
        if self.trainable:
            dweight, dbias = self.gradients()
            kernels.dense_backward_params(as_rows(ctx.x), dy, dweight=dweight, dbias=dbias)
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype)
        kernels.dense_backward_input(dy, self.weight.value, dx=as_rows(dx))
        return dx

    def multiply_adds(self, input_shape: Shape) -> int:
        return self.units * math.prod(input_shape)


def as_rows(x: Array) -> Array:
    """View (N, T, D) as (N T, D), and an array (N, D) as it is."""
    return x if x.ndim == 2 else x.reshape(x.shape[0] * x.shape[1], x.shape[2])
