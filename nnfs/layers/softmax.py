"""Softmax: from scores to probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import ShapeError
from ..system.floating_point import quietly
from .context import Context
from .layer import Layer


class Softmax(Layer):
    """Turn the K scores of a sample into probabilities that sum to 1.

    With x (N, K)::

        y[n, k]  = exp(x[n, k]) / sum over j of exp(x[n, j])
        dx[n, k] = y[n, k] (dy[n, k] - sum over j of dy[n, j] y[n, j])

    Not for training with cross-entropy: that loss takes the scores themselves, which is exact where
    log(softmax(x)) would round to log(0).
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            raise ShapeError(
                f"Softmax needs one axis of scores, got samples of shape {input_shape}; put Flatten() before it"
            )
        return input_shape

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        total = ctx.empty("total", (len(x), 1), x.dtype)
        # The largest score of each row is taken away first: exp then never overflows, and y is the same.
        np.max(x, axis=1, keepdims=True, out=total)
        np.subtract(x, total, out=y)
        np.exp(y, out=y)
        np.sum(y, axis=1, keepdims=True, out=total)
        np.divide(y, total, out=y)
        ctx.save(y=y)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        total = ctx.empty("total", (len(dy), 1), dy.dtype)
        np.multiply(dy, ctx.y, out=dx)
        np.sum(dx, axis=1, keepdims=True, out=total)
        np.subtract(dy, total, out=dx)
        np.multiply(dx, ctx.y, out=dx)
        return dx

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Softmax", {"axis": 1}
