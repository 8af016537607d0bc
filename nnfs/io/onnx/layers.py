"""How each layer is written as ONNX operators: one function a layer, in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...layers import (
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    MaxPool2D,
    Padding2D,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from ...shapes import as_padding
from .writer import Writer


def _conv2d(layer: Conv2D, writer: Writer) -> None:
    window = layer.window
    writer.add(
        "Conv",
        *_weights(layer, writer),
        kernel_shape=window.size,
        strides=window.stride,
        dilations=window.dilation,
        pads=_pads(window.padding),
        group=layer.groups,
    )


def _dense(layer: Dense, writer: Writer) -> None:
    writer.add("Gemm", *_weights(layer, writer), transB=1)


def _dropout(layer: Dropout, writer: Writer) -> None:
    writer.add("Dropout", writer.constant("ratio", layer.rate, np.float64))


def _max_pool2d(layer: MaxPool2D, writer: Writer) -> None:
    window = layer.window
    writer.add("MaxPool", kernel_shape=window.size, strides=window.stride, pads=_pads(window.padding))


def _operator(name: str, **attributes: Any) -> Callable[[Layer, Writer], None]:
    """Return the function for a layer that has neither arguments nor weights."""

    def write(layer: Layer, writer: Writer) -> None:
        writer.add(name, **attributes)

    return write


def _padding2d(layer: Padding2D, writer: Writer) -> None:
    top, left, bottom, right = _pads(as_padding(layer.padding, "padding"))
    writer.add("Pad", writer.constant("pads", (0, 0, top, left, 0, 0, bottom, right)))


EXPORTS: dict[type[Layer], Callable[[Any, Writer], None]] = {
    Conv2D: _conv2d,
    Dense: _dense,
    Dropout: _dropout,
    Flatten: _operator("Flatten", axis=1),
    LeakyReLU: lambda layer, writer: writer.add("LeakyRelu", alpha=layer.negative_slope),
    MaxPool2D: _max_pool2d,
    Padding2D: _padding2d,
    ReLU: _operator("Relu"),
    Sigmoid: _operator("Sigmoid"),
    Softmax: _operator("Softmax", axis=1),
    Tanh: _operator("Tanh"),
}
"""How each layer is written. A subclass may compute something else, so that only these very types are known."""


def _weights(layer: Dense | Conv2D, writer: Writer) -> Sequence[str]:
    return [writer.array(array) for array in ([layer.weight, layer.bias] if layer.use_bias else [layer.weight])]


def _pads(padding: Any) -> tuple[int, int, int, int]:
    """Return (top, left, bottom, right), ONNX's order."""
    top, bottom, left, right = padding
    return top, left, bottom, right
