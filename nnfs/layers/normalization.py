"""Normalization by numbers that are measured before training."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape, check_channels_shape
from ..initializers import Initializer, draw, get_initializer
from ..system.floating_point import quietly
from .context import Context
from .layer import Layer


class Normalization(Layer):
    """Bring each channel, or each feature, to mean 0 and spread 1, by numbers that stay as they are.

    With x (N, C, H, W), (N, C, L) or (N, C)::

        y[:, c] = (x[:, c] - mean[c]) / scale[c],   dx[:, c] = dy[:, c] / scale[c]

    It stands at the beginning of a network whose data come in units of their own. ``mean`` and ``scale`` are buffers,
    saved and exported with the network, and set before training::

        layer.mean[...], layer.scale[...] = nnfs.data.Standardizer.fit(x_train)

    Until then it changes nothing, and warns of it.

    Parameters
    ----------
    mean_initializer, scale_initializer : str or function
        First values of mean and scale, see `nnfs.initializers`.
    """

    mean: Array
    scale: Array

    def __init__(
        self, *, mean_initializer: str | Initializer = "zeros", scale_initializer: str | Initializer = "ones"
    ) -> None:
        get_initializer(mean_initializer)
        get_initializer(scale_initializer)
        self.mean_initializer = mean_initializer
        self.scale_initializer = scale_initializer

    def output_shape(self, input_shape: Shape) -> Shape:
        return check_channels_shape(input_shape, "Normalization")

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        shape = input_shape[:1]
        self.mean = draw(self.mean_initializer, shape, 1, 1, rng, dtype)
        self.scale = draw(self.scale_initializer, shape, 1, 1, rng, dtype)

    @property
    def buffers(self) -> dict[str, Array]:
        return {name: vars(self)[name] for name in ("mean", "scale") if name in vars(self)}

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        if not self.mean.any() and (self.scale == 1).all():
            axes = (0, *range(2, x.ndim))
            measured = f"x.mean({axes}), x.std({axes})" if x.ndim > 2 else "nnfs.data.Standardizer.fit(x)"
            warnings.warn(
                "Normalization() has seen no data, so that it changes nothing; before training, with the samples x to "
                f"train on, write layer.mean[...], layer.scale[...] = {measured}",
                UserWarning,
                stacklevel=2,
            )
        y = ctx.empty("y", x.shape, x.dtype)
        shape = (-1, *(1,) * (x.ndim - 2))
        np.subtract(x, self.mean.reshape(shape), out=y)
        np.divide(y, self.scale.reshape(shape), out=y)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        np.divide(dy, self.scale.reshape(-1, *(1,) * (dy.ndim - 2)), out=dx)
        return dx

    def multiply_adds(self, input_shape: Shape) -> int:
        return math.prod(input_shape)
