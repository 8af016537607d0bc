"""Batch normalization."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..arguments.shapes import Shape, check_channels_shape
from ..errors import ShapeError
from ..initializers import Initializer
from ..system.floating_point import quietly
from .context import Context
from .weighted import Weighted


class BatchNorm(Weighted):
    """Give each channel, or each feature, a mean and a spread that are learned (Ioffe and Szegedy, 2015).

    With x (N, C, H, W), (N, C, L) or (N, C), weight w and bias b (C,), and M = N H W, N L or N numbers to a channel::

        mean[c] = sum of x[:, c] / M,   variance[c] = sum of (x[:, c] - mean[c])**2 / M
        z[:, c] = (x[:, c] - mean[c]) / sqrt(variance[c] + epsilon)
        y[:, c] = w[c] z[:, c] + b[c]
        dw[c] = sum of dy[:, c] z[:, c],   db[c] = sum of dy[:, c]
        dx[:, c] = w[c] / sqrt(variance[c] + epsilon) (dy[:, c] - (db[c] + z[:, c] dw[c]) / M)
                   where db and dw are the sums of this batch alone

    In training these are the mean and the variance of the batch, and the running ones follow them:
    running_mean += momentum (mean - running_mean), and running_var with variance M / (M - 1). Outside training the
    running ones stand in their place, and dx[:, c] = w[c] dy[:, c] / sqrt(running_var[c] + epsilon). So it is in
    training too while the layer is not ``trainable``: the running ones then stand still.

    The channels are the first axis of a sample, as in PyTorch. To give each of the D columns of samples (T, D) a mean
    of its own, as Keras does by default, let them be the channels: x.transpose(0, 2, 1).

    An empty batch has no mean: nothing follows it. A batch of one number to a channel has no variance: ShapeError.

    Parameters
    ----------
    momentum : float
        The share that a batch has in the running statistics, from 0 to 1 (as in PyTorch; Keras means the rest).
    epsilon : float
        What keeps the root away from 0, above 0.
    initializer, bias_initializer : str or function
        First values of w and b, see `nnfs.initializers`.
    """

    running_mean: Array
    running_var: Array
    num_batches_tracked: Array

    numbers = frozenset({"momentum", "epsilon"})

    def __init__(
        self,
        *,
        momentum: float = 0.1,
        epsilon: float = 1e-5,
        initializer: str | Initializer = "ones",
        bias_initializer: str | Initializer = "zeros",
    ) -> None:
        self.momentum = as_number(momentum, "BatchNorm: momentum", minimum=0, maximum=1)
        self.epsilon = as_number(epsilon, "BatchNorm: epsilon", above=0)
        super().__init__(initializer, bias_initializer)

    def output_shape(self, input_shape: Shape) -> Shape:
        return check_channels_shape(input_shape, "BatchNorm")

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        shape = input_shape[:1]
        self.draw_parameters(shape, shape, 1, 1, rng, dtype)
        self.running_mean = np.zeros(shape, dtype)
        self.running_var = np.ones(shape, dtype)
        self.num_batches_tracked = np.zeros((), np.int64)

    @property
    def buffers(self) -> dict[str, Array]:
        names = ("running_mean", "running_var", "num_batches_tracked")
        return {name: vars(self)[name] for name in names if name in vars(self)}

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        mean, variance = self.running_mean, self.running_var
        is_measured = self.measures(ctx)
        if is_measured:
            count = self.check_batch(x)
            mean, variance = ctx.empty("mean", mean.shape, x.dtype), ctx.empty("variance", mean.shape, x.dtype)
            kernels.batchnorm_forward(
                _flat(x), self.weight.value, self.bias.value, self.epsilon, y=_flat(y), mean=mean, variance=variance
            )
            if count:
                self._follow(mean, variance, count)
        else:
            kernels.batchnorm_apply(
                _flat(x), mean, variance, self.weight.value, self.bias.value, self.epsilon, y=_flat(y)
            )
        ctx.save(x=x, mean=mean, variance=variance, is_measured=is_measured)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = ctx.empty("dx", dy.shape, dy.dtype) if ctx.needs_input_grad else None
        dweight, dbias = self.sums(ctx)
        kernels.batchnorm_backward(
            _flat(dy),
            _flat(ctx.x),
            ctx.mean,
            ctx.variance,
            self.weight.value,
            self.epsilon,
            dweight=dweight,
            dbias=dbias,
            dx=_flat(dx) if dx is not None and ctx.is_measured else None,
        )
        if dx is not None and not ctx.is_measured:
            scale = self.weight.value / np.sqrt(ctx.variance + self.epsilon)
            np.multiply(_flat(dy), scale[:, None], out=_flat(dx))
        return dx

    def measures(self, ctx: Context) -> bool:
        """Return whether a pass uses the mean and the variance of its batch, which the running ones follow."""
        return ctx.training and self.trainable

    def check_batch(self, x: Array) -> int:
        """Return how many numbers x has in each channel; raise ShapeError for one alone, which has no variance."""
        count = len(x) * math.prod(x.shape[2:])
        if count == 1:
            raise ShapeError(
                f"{self!r} in training needs more than one number in each of its {x.shape[1]} channels, got a "
                "batch of one sample; choose a batch_size that leaves no such batch at the end"
            )
        return count

    def _follow(self, mean: Array, variance: Array, count: int) -> None:
        """Let the running statistics follow those of a batch, the variance as the estimate without bias."""
        running_mean, running_var, tracked = self.running_mean, self.running_var, self.num_batches_tracked
        running_mean += self.momentum * (mean - running_mean)
        running_var += self.momentum * (variance * (count / (count - 1)) - running_var)
        tracked += 1

    def fewest_samples(self, input_shape: Shape) -> int:
        return 2 if math.prod(input_shape[1:]) == 1 and self.trainable else 1

    def multiply_adds(self, input_shape: Shape) -> int:
        return math.prod(input_shape)


def _flat(x: Array) -> Array:
    """View (N, C, ...) as (N, C, L)."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))
