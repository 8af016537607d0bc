"""Batch normalization as a node, with the ReLU and the max pool behind it, and perhaps the convolution before it."""

from __future__ import annotations

import math

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..layers import BatchNorm, Conv2D, Layer, LeakyReLU, MaxPool2D, ReLU
from ..layers.context import Context
from ..layers.on_signals import OnSignals
from ..layers.parameter import Parameter


class BatchNormReLU:
    """Run batch normalization, and the ReLU and the max pool behind it, as one: what they hand over is never stored.

    There may be no pool, and neither ReLU nor pool. ReLU and the maximum commute, so that the pool may be first.
    """

    kernel = "batchnorm_relu"

    def __init__(self, norm: BatchNorm, relu: ReLU | LeakyReLU | None = None, pool: MaxPool2D | None = None) -> None:
        self.norm, self.relu, self.pool = norm, relu, pool
        self.layers: tuple[Layer, ...] = tuple(layer for layer in (norm, relu, pool) if layer is not None)

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.norm.parameters

    @property
    def slope(self) -> float:
        """The slope of ReLU for negative numbers; 1 where there is no ReLU."""
        return 1.0 if self.relu is None else self.relu.negative_slope

    def forward(self, x: Array, ctx: Context) -> Array:
        ctx.x = x
        return self.run(x, ctx)

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype) if ctx.needs_input_grad else None
        self.run_backward(dy, ctx.x, dx, ctx)
        return dx

    def run(self, x: Array, ctx: Context) -> Array:
        """Return the output for x; leave in the context what `run_backward` needs."""
        norm, window = self.norm, None if self.pool is None else self.pool.window
        is_measured = norm.measures(ctx)
        if is_measured:
            norm.check_batch(x)
        shape = x.shape if self.pool is None else (*x.shape[:2], *self.pool.output_size)
        y = ctx.empty("y", shape, x.dtype)
        argmax = None if window is None else ctx.empty("argmax", shape, np.int32)
        mean, variance = (ctx.empty(name, norm.running_mean.shape, x.dtype) for name in ("mean", "variance"))
        kernels.batchnorm_relu_forward(
            _images(x),
            norm.weight.value,
            norm.bias.value,
            norm.epsilon,
            norm.momentum,
            self.slope,
            window,
            is_measured,
            y=_images(y),
            argmax=argmax,
            mean=mean,
            variance=variance,
            running_mean=norm.running_mean,
            running_var=norm.running_var,
            num_batches_tracked=norm.num_batches_tracked,
        )
        ctx.save(y=y, argmax=argmax, mean=mean, variance=variance, is_measured=is_measured)
        return y

    def run_backward(self, dy: Array, x: Array, dx: Array | None, ctx: Context) -> None:
        """Add to the gradients of weight and bias, and write the gradient of x into dx, which may be None."""
        dweight, dbias = self.norm.sums(ctx)
        kernels.batchnorm_relu_backward(
            _images(dy),
            _images(x),
            _images(ctx.y),
            ctx.argmax,
            ctx.mean,
            ctx.variance,
            self.norm.weight.value,
            self.norm.epsilon,
            self.slope,
            ctx.is_measured,
            dweight=dweight,
            dbias=dbias,
            dx=None if dx is None else _images(dx),
        )


class ConvolutionBatchNormReLU(BatchNormReLU):
    """Run a convolution, batch normalization, and the ReLU and the max pool behind it, as one.

    Where the statistics are given and nobody asks for a gradient, outside training or in a part that is frozen, all of
    it is one convolution with other weights::

        weight[f] scale[f] / sqrt(running_var[f] + epsilon)
        (bias[f] - running_mean[f]) scale[f] / sqrt(running_var[f] + epsilon) + shift[f]

    with scale and shift the parameters of the normalization. They are computed anew in each pass, so that they are
    never those of older parameters; each weight then serves all pixels of all images.
    """

    def __init__(
        self,
        convolution: Conv2D,
        norm: BatchNorm,
        relu: ReLU | LeakyReLU | None = None,
        pool: MaxPool2D | None = None,
    ) -> None:
        super().__init__(norm, relu, pool)
        self.convolution = convolution
        self.layers = (convolution, *self.layers)
        self.output_shape: Shape = (convolution.filters, *(convolution if pool is None else pool).output_size)
        self.zeros = np.zeros_like(norm.running_mean)

    @property
    def parameters(self) -> dict[str, Parameter]:
        both = {"convolution": self.convolution, "norm": self.norm}
        return {f"{at}.{name}": value for at, layer in both.items() for name, value in layer.parameters.items()}

    def forward(self, x: Array, ctx: Context) -> Array:
        is_folded = not (ctx.training and (ctx.learns or ctx.needs_input_grad))
        ctx.save(x=x, is_folded=is_folded)
        return self.run_folded(x, ctx) if is_folded else self.run(self.convolve(x, ctx), ctx)

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if ctx.is_folded:  # `run_folded` has left nothing
            self.run(self.convolve(ctx.x, ctx), ctx)
        gradient = ctx.empty("dconvolved", ctx.convolved.shape, dy.dtype)
        self.run_backward(dy, ctx.convolved, gradient, ctx)
        window = self.convolution.window
        if self.convolution.trainable:
            dweight, dbias = self.convolution.gradients()
            kernels.conv2d_backward_params(ctx.x, gradient, window, dweight=dweight, dbias=dbias)
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype)
        weight, _ = self.convolution.values()
        kernels.conv2d_backward_input(gradient, weight, window, dx=dx)
        return dx

    def convolve(self, x: Array, ctx: Context) -> Array:
        """Return the output of the convolution, and leave it in the context."""
        weight, bias = self.convolution.values()
        convolved = ctx.empty("convolved", (len(x), len(weight), *self.convolution.output_size), x.dtype)
        kernels.conv2d_forward(x, weight, bias, self.convolution.window, y=convolved)
        ctx.save(convolved=convolved)
        return convolved

    def run_folded(self, x: Array, ctx: Context) -> Array:
        """Return the output for x with the running statistics."""
        weight, bias = self.fold(ctx)
        window = self.convolution.window
        y = ctx.empty("folded y", (len(x), *self.output_shape), x.dtype)
        if self.pool is None:
            kernels.conv2d_relu_forward(x, weight, bias, window, self.slope, y=y)
        else:
            argmax = ctx.empty("argmax", y.shape, np.int32)
            kernels.conv2d_relu_maxpool2d_forward(
                x, weight, bias, window, self.convolution.output_size, self.pool.window, self.slope, y=y, argmax=argmax
            )
        return y

    def fold(self, ctx: Context) -> tuple[Array, Array]:
        """Return the weight and the bias with which the convolution gives what the normalization makes of it."""
        norm, zeros = self.norm, self.zeros
        (scale, shift), (weight, bias) = (norm.weight.value, norm.bias.value), self.convolution.values()
        bias = zeros if bias is None else bias
        folded_weight = ctx.empty("folded weight", weight.shape, weight.dtype)
        folded_bias = ctx.empty("folded bias", bias.shape, bias.dtype)
        for x, mean, offset, y in (
            (weight, zeros, zeros, folded_weight),
            (bias, norm.running_mean, shift, folded_bias),
        ):
            by_filter = (1, len(bias), x.size // len(bias))
            kernels.batchnorm_apply(
                x.reshape(by_filter), mean, norm.running_var, scale, offset, norm.epsilon, y=y.reshape(by_filter)
            )
        return folded_weight, folded_bias


class SignalBatchNormReLU(OnSignals, BatchNormReLU):
    """Run batch normalization of signals, ReLU and max pooling as one."""


class SignalConvolutionBatchNormReLU(OnSignals, ConvolutionBatchNormReLU):
    """Run a convolution of signals, batch normalization, and the ReLU and the max pool behind it, as one."""


def _images(x: Array) -> Array:
    """View features (N, D) as images (N, D, 1, 1), and signals (N, C, L) as images (N, C, 1, L)."""
    return x if x.ndim == 4 else x.reshape(*x.shape[:2], 1, math.prod(x.shape[2:]))
