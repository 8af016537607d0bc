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

    Parameters
    ----------
    units : int
        K, the number of outputs.
    use_bias : bool
        Whether b is there.
    initializer, bias_initializer : str or function
        First values of W and b, see `nnfs.initializers`.
    """

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
        if len(input_shape) != 1:
            batch = f"; if {input_shape[0]} is a batch: input_shape={input_shape[1]}" if len(input_shape) == 2 else ""
            raise ShapeError(
                f"Dense needs one axis of features, got samples of shape {input_shape}; "
                f"put Flatten() before it: [..., Flatten(), {self!r}]{batch}"
            )
        check_size((self.units, *input_shape), "Dense: a weight of shape")
        return (self.units,)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        features = math.prod(input_shape)
        self.draw_parameters((self.units, features), (self.units,), features, self.units, rng, dtype)

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", (len(x), self.units), x.dtype)
        weight, bias = self.values()
        kernels.dense_forward(x, weight, bias, y=y)
        ctx.x = x
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if self.trainable:
            dweight, dbias = self.gradients()
            kernels.dense_backward_params(ctx.x, dy, dweight=dweight, dbias=dbias)
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype)
        kernels.dense_backward_input(dy, self.weight.value, dx=dx)
        return dx

    def multiply_adds(self, input_shape: Shape) -> int:
        return self.units * math.prod(input_shape)
