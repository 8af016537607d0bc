"""Normalization of groups of channels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..arguments.shapes import Shape, as_integer
from ..errors import ShapeError
from ..initializers import Initializer
from ..system.floating_point import quietly
from .context import Context
from .weighted import Weighted


class GroupNorm(Weighted):
    """Normalize groups of channels of each sample by themselves, whatever the batch (Wu and He, 2018).

    With x (N, C, H, W) or (N, C, L), weight w and bias b (C,), G groups of C / G channels, and M = C / G H W numbers
    to a group g, of which c is a channel::

        mean[n, g] = sum of x[n, g] / M,   variance[n, g] = sum of (x[n, g] - mean[n, g])**2 / M
        z[n, c] = (x[n, c] - mean[n, g]) / sqrt(variance[n, g] + epsilon),   y[n, c] = w[c] z[n, c] + b[c]
        dw[c] = sum of dy[:, c] z[:, c],   db[c] = sum of dy[:, c]
        dx[n, g] = (h - (sum of h + z[n, g] sum of h z[n, g]) / M) / sqrt(variance[n, g] + epsilon)
                   with h[n, c] = w[c] dy[n, c]

    With as many groups as channels it is instance normalization, with one group a LayerNorm with a weight for each
    channel.

    Parameters
    ----------
    groups : int
        The number of groups; it divides the number of channels.
    epsilon : float
        What keeps the root away from 0, above 0.
    initializer, bias_initializer : str or function
        First values of w and b, see `nnfs.initializers`.
    """

    numbers = frozenset({"epsilon"})

    def __init__(
        self,
        groups: int,
        *,
        epsilon: float = 1e-5,
        initializer: str | Initializer = "ones",
        bias_initializer: str | Initializer = "zeros",
    ) -> None:
        self.groups = as_integer(groups, "GroupNorm: groups")
        self.epsilon = as_number(epsilon, "GroupNorm: epsilon", above=0)
        super().__init__(initializer, bias_initializer)

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) not in (2, 3):
            raise ShapeError(
                f"GroupNorm needs images (C, H, W) or signals (C, L), got samples of shape {input_shape}; for "
                "features: LayerNorm()"
            )
        if input_shape[0] % self.groups:
            raise ShapeError(
                f"GroupNorm: groups must divide the {input_shape[0]} channels of samples of shape {input_shape}, got "
                f"{self.groups}"
            )
        return input_shape

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        self.draw_parameters(input_shape[:1], input_shape[:1], 1, 1, rng, dtype)

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        y, z = ctx.empty("y", x.shape, x.dtype), ctx.empty("z", x.shape, x.dtype)
        rows = self._rows(z)
        np.subtract(self._rows(x), self._rows(x).mean(axis=1, keepdims=True), out=rows)
        scale = 1 / np.sqrt(np.square(rows).mean(axis=1, keepdims=True) + self.epsilon)
        np.multiply(rows, scale, out=rows)
        np.multiply(z, self._along(self.weight.value, x), out=y)
        np.add(y, self._along(self.bias.value, x), out=y)
        ctx.save(z=z, scale=scale)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array | None:
        z = ctx.z
        dweight, dbias = self.sums(ctx)
        pixels = (0, *range(2, dy.ndim))
        dweight += (dy * z).sum(axis=pixels)
        dbias += dy.sum(axis=pixels)
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        np.multiply(dy, self._along(self.weight.value, dy), out=dx)
        h, rows = self._rows(dx), self._rows(z)
        mean = h.mean(axis=1, keepdims=True)
        shared = rows * (h * rows).mean(axis=1, keepdims=True)
        np.subtract(h, mean, out=h)
        np.subtract(h, shared, out=h)
        np.multiply(h, ctx.scale, out=h)
        return dx

    def _rows(self, x: Array) -> Array:
        """View an array (N, C, ...) as rows of the numbers of a group (N G, M)."""
        return x.reshape(len(x) * self.groups, math.prod(x.shape[1:]) // self.groups)

    def _along(self, values: Array, x: Array) -> Array:
        """Return one number for each channel as an array that broadcasts to x."""
        return values.reshape(-1, *(1,) * (x.ndim - 2))

    def multiply_adds(self, input_shape: Shape) -> int:
        return 2 * math.prod(input_shape)
