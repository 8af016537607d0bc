"""Fusion: a list of layers becomes a shorter list of nodes that give the same outputs with less work.

A node answers what the runner asks of a layer, ``forward``, ``backward`` and ``parameters``. It owns nothing: it points
at the layers it serves and calls one kernel for all of them. Layers that no rule fits are nodes themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import BackendError
from ..layers import BatchNorm, Conv1D, Conv2D, Dense, Layer, LeakyReLU, MaxPool1D, MaxPool2D, ReLU, Residual
from ..layers.chain import Node
from ..layers.context import Context
from ..layers.dense import as_rows
from ..layers.on_signals import OnSignals
from ..layers.parameter import Parameter
from ..layers.weighted import Weighted
from .batchnorm_nodes import (
    BatchNormReLU,
    ConvolutionBatchNormReLU,
    SignalBatchNormReLU,
    SignalConvolutionBatchNormReLU,
)


class FusedReLU:
    """Run a layer with a weight and the ReLU behind it, leaky or not, as one: what the layer gives is never stored.

    A subclass calls its two kernels, in `run` and in `run_backward`, and in `run_frozen` those that give the gradient
    of the input alone.
    """

    kernel: ClassVar[str]
    """What the kernels are called, without ``_forward`` and ``_backward``."""

    def __init__(self, layer: Weighted, relu: ReLU | LeakyReLU, output_shape: Shape, *rest: Layer) -> None:
        self.layers = (layer, relu, *rest)
        self.layer, self.relu, self.output_shape = layer, relu, output_shape

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.layer.parameters

    def run(self, x: Array, y: Array, ctx: Context) -> None:
        """Write the output y for x."""
        raise NotImplementedError(f"{type(self).__name__} has no run")

    def run_backward(self, dy: Array, dx: Array | None, ctx: Context) -> None:
        """Add to the parameters' gradients, and write the gradient of the input into dx, which may be None."""
        raise NotImplementedError(f"{type(self).__name__} has no run_backward")

    def run_frozen(self, gradient: Array, dx: Array, ctx: Context) -> None:
        """Write the gradient of the input into dx, given that of what goes into ReLU, which has the shape of y."""
        raise NotImplementedError(f"{type(self).__name__} has no run_frozen")

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", (len(x), *self.output_shape), x.dtype)
        self.run(x, y, ctx)
        ctx.x, ctx.y = x, y
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype) if ctx.needs_input_grad else None
        if self.layer.trainable or dx is None:
            self.run_backward(dy, dx, ctx)
            return dx
        gradient = ctx.empty("gradient", dy.shape, dy.dtype)
        kernels.relu_backward(dy, ctx.y, self.relu.negative_slope, dx=gradient)
        self.run_frozen(gradient, dx, ctx)
        return dx


class DenseReLU(FusedReLU):
    """Run a fully connected layer and ReLU as one: y = relu(x W^T + b)."""

    kernel = "dense_relu"

    def __init__(self, dense: Dense, relu: ReLU | LeakyReLU) -> None:
        super().__init__(dense, relu, dense.output_size)

    def run(self, x: Array, y: Array, ctx: Context) -> None:
        weight, bias = self.layer.values()
        kernels.dense_relu_forward(as_rows(x), weight, bias, self.relu.negative_slope, y=as_rows(y))

    def run_backward(self, dy: Array, dx: Array | None, ctx: Context) -> None:
        (weight, _), slope = self.layer.values(), self.relu.negative_slope
        dweight, dbias = self.layer.gradients()
        dy, x, y = as_rows(dy), as_rows(ctx.x), as_rows(ctx.y)
        dx = None if dx is None else as_rows(dx)
        kernels.dense_relu_backward(dy, x, weight, y, slope, dweight=dweight, dbias=dbias, dx=dx)

    def run_frozen(self, gradient: Array, dx: Array, ctx: Context) -> None:
        kernels.dense_backward_input(as_rows(gradient), self.layer.weight.value, dx=as_rows(dx))


class ConvolutionReLU(FusedReLU):
    """Run a convolution and ReLU as one: the convolution's own output never leaves the cache."""

    kernel = "conv2d_relu"

    def __init__(self, convolution: Conv2D, relu: ReLU | LeakyReLU) -> None:
        super().__init__(convolution, relu, (convolution.filters, *convolution.output_size))
        self.window = convolution.window

    def run(self, x: Array, y: Array, ctx: Context) -> None:
        weight, bias = self.layer.values()
        kernels.conv2d_relu_forward(x, weight, bias, self.window, self.relu.negative_slope, y=y)

    def run_backward(self, dy: Array, dx: Array | None, ctx: Context) -> None:
        (weight, _), slope = self.layer.values(), self.relu.negative_slope
        dweight, dbias = self.layer.gradients()
        kernels.conv2d_relu_backward(dy, ctx.x, weight, ctx.y, self.window, slope, dweight=dweight, dbias=dbias, dx=dx)

    def run_frozen(self, gradient: Array, dx: Array, ctx: Context) -> None:
        weight, _ = self.layer.values()
        kernels.conv2d_backward_input(gradient, weight, self.window, dx=dx)


class ConvolutionReLUPool(FusedReLU):
    """Run a convolution, ReLU and max pooling as one: the convolution's output never leaves the cache.

    ReLU, leaky or not, and the maximum commute. The pooled output tells by its sign which slope its winner met: so
    backward needs the input, the pooled output and the places.
    """

    kernel = "conv2d_relu_maxpool2d"

    def __init__(self, convolution: Conv2D, relu: ReLU | LeakyReLU, pool: MaxPool2D) -> None:
        super().__init__(convolution, relu, (convolution.filters, *pool.output_size), pool)
        self.window, self.convolved_size = convolution.window, convolution.output_size
        self.pool_window = pool.window

    def run(self, x: Array, y: Array, ctx: Context) -> None:
        argmax = ctx.empty("argmax", y.shape, np.int32)
        weight, bias = self.layer.values()
        window, pool_window, slope = self.window, self.pool_window, self.relu.negative_slope
        kernels.conv2d_relu_maxpool2d_forward(
            x, weight, bias, window, self.convolved_size, pool_window, slope, y=y, argmax=argmax
        )
        ctx.save(argmax=argmax)

    def run_backward(self, dy: Array, dx: Array | None, ctx: Context) -> None:
        (weight, _), slope = self.layer.values(), self.relu.negative_slope
        dweight, dbias = self.layer.gradients()
        window, size = self.window, self.convolved_size
        kernels.conv2d_relu_maxpool2d_backward(
            dy, ctx.x, weight, ctx.y, ctx.argmax, window, size, slope, dweight=dweight, dbias=dbias, dx=dx
        )

    def run_frozen(self, gradient: Array, dx: Array, ctx: Context) -> None:
        weight, _ = self.layer.values()
        convolved = ctx.empty("dconvolved", (len(gradient), len(weight), *self.convolved_size), gradient.dtype)
        kernels.maxpool2d_backward(gradient, ctx.argmax, dx=convolved)
        kernels.conv2d_backward_input(convolved, weight, self.window, dx=dx)


class SignalConvolutionReLU(OnSignals, ConvolutionReLU):
    """Run a convolution of signals and ReLU as one."""


class SignalConvolutionReLUPool(OnSignals, ConvolutionReLUPool):
    """Run a convolution of signals, ReLU and max pooling as one."""


class ResidualReLU:
    """Run a residual block, and the ReLU behind it, as one: the sum of its branches is never stored.

    There may be no ReLU.
    """

    kernel = "add_relu"

    def __init__(self, residual: Residual, relu: ReLU | LeakyReLU | None = None) -> None:
        self.layers: tuple[Layer, ...] = (residual,) if relu is None else (residual, relu)
        self.residual, self.relu = residual, relu

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.residual.parameters

    @property
    def slope(self) -> float:
        """The slope of ReLU for negative numbers; 1 where there is no ReLU."""
        return 1.0 if self.relu is None else self.relu.negative_slope

    def forward(self, x: Array, ctx: Context) -> Array:
        body, shortcut = self.residual.branches(x, ctx)
        y = ctx.empty("y", body.shape, body.dtype)
        kernels.add_relu(body, shortcut, self.slope, y=y)
        ctx.y = y
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        if self.relu is not None:
            gradient = ctx.empty("gradient", dy.shape, dy.dtype)
            kernels.relu_backward(dy, ctx.y, self.slope, dx=gradient)
            dy = gradient
        return self.residual.backward(dy, ctx)


Pattern: TypeAlias = tuple[tuple[type[Layer], ...], Callable[..., Node]]

IMAGES: tuple[Pattern, ...] = (
    ((Conv2D, BatchNorm, ReLU, MaxPool2D), ConvolutionBatchNormReLU),
    ((Conv2D, BatchNorm, LeakyReLU, MaxPool2D), ConvolutionBatchNormReLU),
    ((Conv2D, BatchNorm, ReLU), ConvolutionBatchNormReLU),
    ((Conv2D, BatchNorm, LeakyReLU), ConvolutionBatchNormReLU),
    ((Conv2D, ReLU, MaxPool2D), ConvolutionReLUPool),
    ((Conv2D, LeakyReLU, MaxPool2D), ConvolutionReLUPool),
    ((BatchNorm, ReLU, MaxPool2D), BatchNormReLU),
    ((BatchNorm, LeakyReLU, MaxPool2D), BatchNormReLU),
    ((Conv2D, BatchNorm), ConvolutionBatchNormReLU),
    ((Conv2D, ReLU), ConvolutionReLU),
    ((Conv2D, LeakyReLU), ConvolutionReLU),
    ((Dense, ReLU), DenseReLU),
    ((Dense, LeakyReLU), DenseReLU),
    ((Residual, ReLU), ResidualReLU),
    ((Residual, LeakyReLU), ResidualReLU),
    ((Residual,), ResidualReLU),
    ((BatchNorm, ReLU), BatchNormReLU),
    ((BatchNorm, LeakyReLU), BatchNormReLU),
    ((BatchNorm,), BatchNormReLU),
)
"""Layers of images, and layers of samples of any shape, that become one node; the longest pattern first."""

ON_SIGNALS: dict[Any, Any] = {
    Conv2D: Conv1D,
    MaxPool2D: MaxPool1D,
    BatchNormReLU: SignalBatchNormReLU,
    ConvolutionBatchNormReLU: SignalConvolutionBatchNormReLU,
    ConvolutionReLU: SignalConvolutionReLU,
    ConvolutionReLUPool: SignalConvolutionReLUPool,
}
"""For layers and nodes of images those of signals."""

PATTERNS: tuple[Pattern, ...] = (
    *(
        (tuple(ON_SIGNALS.get(kind, kind) for kind in pattern), ON_SIGNALS[node])
        for pattern, node in IMAGES
        if Conv2D in pattern or MaxPool2D in pattern
    ),
    *IMAGES,
)
"""What becomes one node: `IMAGES`, and before them their like of signals."""


def fuse(layers: Sequence[Node]) -> list[Node]:
    """Return the nodes that run built layers, in their order; neither the layers nor the list is modified.

    A subclass of a layer may do something else, so that only the very types of `PATTERNS` match.
    """
    nodes: list[Node] = []
    index = 0
    while index < len(layers):
        node, count = _first_node(layers[index:])
        nodes.append(node)
        index += count
    return nodes


def is_enabled() -> bool:
    """Return whether networks may fuse: unless the environment says NNFS_FUSE=0."""
    wanted = os.environ.get("NNFS_FUSE", "")
    if wanted not in ("", "0", "1"):
        text = f"NNFS_FUSE is {wanted!r}; it must be '0' or '1'"
        raise BackendError(text)
    return wanted != "0"


def _first_node(layers: Sequence[Node]) -> tuple[Node, int]:
    """Return the node that the list begins with, and how many layers it serves."""
    for pattern, node in PATTERNS:
        begin = layers[: len(pattern)]
        if tuple(map(type, begin)) == pattern:
            return node(*begin), len(pattern)
    return layers[0], 1
