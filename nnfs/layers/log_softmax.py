"""LogSoftmax: the logarithms of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import ShapeError
from ..system.floating_point import quietly
from .context import Context
from .layer import Layer


class LogSoftmax(Layer):
    """Turn the K scores of a sample into the logarithms of probabilities that sum to 1.

    With x (N, K)::

        y[n, k]  = x[n, k] - log(sum over j of exp(x[n, j]))
        dx[n, k] = dy[n, k] - exp(y[n, k]) sum over j of dy[n, j]

    Cross-entropy of these is that of the scores, since the logarithm of their softmax is what they are: PyTorch's
    NLLLoss behind a LogSoftmax is the loss "cross_entropy", with or without this layer.
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            raise ShapeError(
                f"LogSoftmax needs one axis of scores, got samples of shape {input_shape}; put Flatten() before it"
            )
        return input_shape

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        # The largest score of each row is taken away first: exp then never overflows, and y is the same.
        np.subtract(x, x.max(axis=1, keepdims=True), out=y)
        np.subtract(y, np.log(np.exp(y).sum(axis=1, keepdims=True)), out=y)
        ctx.save(y=y)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        np.exp(ctx.y, out=dx)
        np.multiply(dx, dy.sum(axis=1, keepdims=True), out=dx)
        np.subtract(dy, dx, out=dx)
        return dx

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "LogSoftmax", {"axis": 1}
