"""Fusion: a list of layers becomes a shorter list of nodes that give the same outputs with less work.

A node answers what the runner asks of a layer, ``forward``, ``backward`` and ``parameters``. It owns nothing: it points
at the layers it serves and calls one kernel for all of them. Layers that no rule fits are nodes themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..errors import BackendError
from ..layers import Conv2D, Dense, Layer, LeakyReLU, MaxPool2D, ReLU
from ..layers.chain import Node
from ..layers.context import Context
from ..layers.parameter import Parameter


class ConvolutionReLUPool:
    """Run a convolution, ReLU and max pooling as one: the convolution's output never leaves the cache.

    ReLU, leaky or not, and the maximum commute. The pooled output tells by its sign which slope its winner met: so
    backward needs the input, the pooled output and the places.
    """

    kernel = "conv2d_relu_maxpool2d"

    def __init__(self, convolution: Conv2D, relu: ReLU | LeakyReLU, pool: MaxPool2D) -> None:
        self.layers = (convolution, relu, pool)
        self.convolution, self.relu, self.pool = convolution, relu, pool

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.convolution.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        layer = self.convolution
        bias = layer.bias.value if layer.use_bias else None
        shape = (len(x), layer.filters, *self.pool.output_size)
        y, argmax = ctx.empty("y", shape, x.dtype), ctx.empty("argmax", shape, np.int32)
        kernels.conv2d_relu_maxpool2d_forward(
            x,
            layer.weight.value,
            bias,
            layer.window,
            layer.output_size,
            self.pool.window,
            self.relu.negative_slope,
            y=y,
            argmax=argmax,
        )
        ctx.save(x=x, y=y, argmax=argmax)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        layer = self.convolution
        dbias = layer.bias.grad if layer.use_bias else None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype) if ctx.needs_input_grad else None
        kernels.conv2d_relu_maxpool2d_backward(
            dy,
            ctx.x,
            layer.weight.value,
            ctx.y,
            ctx.argmax,
            layer.window,
            layer.output_size,
            self.relu.negative_slope,
            dweight=layer.weight.grad,
            dbias=dbias,
            dx=dx,
        )
        return dx


class ConvolutionReLU:
    """Run a convolution and ReLU, leaky or not, as one: the convolution's own output never leaves the cache."""

    kernel = "conv2d_relu"

    def __init__(self, convolution: Conv2D, relu: ReLU | LeakyReLU) -> None:
        self.layers = (convolution, relu)
        self.convolution, self.relu = convolution, relu

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.convolution.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        layer = self.convolution
        bias = layer.bias.value if layer.use_bias else None
        y = ctx.empty("y", (len(x), layer.filters, *layer.output_size), x.dtype)
        kernels.conv2d_relu_forward(x, layer.weight.value, bias, layer.window, self.relu.negative_slope, y=y)
        ctx.save(x=x, y=y)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        layer = self.convolution
        dbias = layer.bias.grad if layer.use_bias else None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype) if ctx.needs_input_grad else None
        kernels.conv2d_relu_backward(
            dy,
            ctx.x,
            layer.weight.value,
            ctx.y,
            layer.window,
            self.relu.negative_slope,
            dweight=layer.weight.grad,
            dbias=dbias,
            dx=dx,
        )
        return dx


class DenseReLU:
    """Run a fully connected layer and ReLU, leaky or not, as one: y = relu(x W^T + b)."""

    kernel = "dense_relu"

    def __init__(self, dense: Dense, relu: ReLU | LeakyReLU) -> None:
        self.layers = (dense, relu)
        self.dense, self.relu = dense, relu

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.dense.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        layer = self.dense
        y = ctx.empty("y", (len(x), layer.units), x.dtype)
        bias = layer.bias.value if layer.use_bias else None
        kernels.dense_relu_forward(x, layer.weight.value, bias, self.relu.negative_slope, y=y)
        ctx.save(x=x, y=y)
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        layer = self.dense
        dbias = layer.bias.grad if layer.use_bias else None
        dx = ctx.empty("dx", ctx.x.shape, dy.dtype) if ctx.needs_input_grad else None
        kernels.dense_relu_backward(
            dy,
            ctx.x,
            layer.weight.value,
            ctx.y,
            self.relu.negative_slope,
            dweight=layer.weight.grad,
            dbias=dbias,
            dx=dx,
        )
        return dx


PATTERNS: tuple[tuple[tuple[type[Layer], ...], Callable[..., Node]], ...] = (
    ((Conv2D, ReLU, MaxPool2D), ConvolutionReLUPool),
    ((Conv2D, LeakyReLU, MaxPool2D), ConvolutionReLUPool),
    ((Conv2D, ReLU), ConvolutionReLU),
    ((Conv2D, LeakyReLU), ConvolutionReLU),
    ((Dense, ReLU), DenseReLU),
    ((Dense, LeakyReLU), DenseReLU),
)
"""What becomes one node, the longest pattern first."""


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
