"""Writing layers as ONNX operators: one function for each layer, in the table `EXPORTS`.

A layer that is one operator without weights is not in the table: its own `Layer.onnx_operator` names the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...arguments.shapes import as_padding, as_pair
from ...errors import UnsupportedError
from ...layers import (
    GELU,
    LAYERS,
    AvgPool2D,
    BatchNorm,
    Concat,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    Layer,
    LayerNorm,
    MaxPool2D,
    Normalization,
    Padding2D,
    Reshape,
    Residual,
    SiLU,
    Softplus,
    Upsample2D,
)
from .writer import Writer


def write_layers(layers: Sequence[Layer], writer: Writer, name: str = "") -> None:
    """Write layers one after the other as nodes of a graph.

    Parameters
    ----------
    layers : sequence of Layer
        Not modified.
    writer : Writer
        The graph; the nodes are added to it.
    name : str
        For layers within another layer: the prefix of their names, such as ``body.``.

    Raises
    ------
    UnsupportedError
        For a layer that ONNX has no operator for, such as your own.
    """
    outer = writer.prefix
    for index, layer in enumerate(layers):
        writer.prefix = f"{outer}{name}{index}."
        if not is_known(type(layer)):
            raise UnsupportedError(
                f"layer {writer.prefix[:-1]}, {layer!r}: ONNX has no operator for it that nnfs knows; "
                f"what can be written: {', '.join(sorted(name for name, known in LAYERS.items() if is_known(known)))}"
            )
        operator = layer.onnx_operator()
        if operator is None:
            EXPORTS[type(layer)](layer, writer)
        else:
            writer.add(operator[0], **operator[1])
    writer.prefix = outer


def is_known(layer: type[Layer]) -> bool:
    """Return whether layers of this very class can be written; a subclass may compute something else."""
    return layer in EXPORTS or "onnx_operator" in vars(layer)


def _avg_pool2d(layer: AvgPool2D, writer: Writer) -> None:
    window, count = layer.window, int(layer.count_include_pad)
    pads = _pads(window.padding)
    writer.add("AveragePool", kernel_shape=window.size, strides=window.stride, pads=pads, count_include_pad=count)


def _batch_norm(layer: BatchNorm, writer: Writer) -> None:
    arrays = [writer.array(array) for array in (layer.weight, layer.bias, layer.running_mean, layer.running_var)]
    # ONNX's momentum is the share of the old statistics, nnfs's that of the new ones.
    writer.add("BatchNormalization", *arrays, epsilon=layer.epsilon, momentum=1 - layer.momentum)


def _concat(layer: Concat, writer: Writer) -> None:
    start, outputs = writer.value, []
    for name, branch in layer.chains.items():
        writer.value = start
        write_layers(branch, writer, f"{name}.")
        outputs.append(writer.value)
    writer.value = outputs[0]
    writer.add("Concat", *outputs[1:], axis=1)


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


def _conv_transpose2d(layer: ConvTranspose2D, writer: Writer) -> None:
    # The layer's window may have a shorter stride and dilation, which are equal for this image size only.
    writer.add(
        "ConvTranspose",
        *_weights(layer, writer),
        kernel_shape=as_pair(layer.kernel_size, "kernel_size"),
        strides=as_pair(layer.stride, "stride"),
        dilations=as_pair(layer.dilation, "dilation"),
        pads=_pads(as_padding(layer.padding, "padding")),
        output_padding=as_pair(layer.output_padding, "output_padding", 0),
        group=layer.groups,
    )


def _dense(layer: Dense, writer: Writer) -> None:
    writer.add("Gemm", *_weights(layer, writer), transB=1)


def _dropout(layer: Dropout, writer: Writer) -> None:
    writer.add("Dropout", writer.constant("ratio", layer.rate, np.float64))


def _gelu(layer: GELU, writer: Writer) -> None:
    writer.opset = 20  # the first opset with Gelu
    writer.add("Gelu", approximate=layer.approximate)


def _global(operator: str) -> Callable[[Layer, Writer], None]:
    """Return the function for a pool over whole images, whose result is (C,) here and (C, 1, 1) in ONNX."""

    def write(layer: Layer, writer: Writer) -> None:
        writer.add(operator)
        writer.add("Flatten", axis=1)

    return write


def _layer_norm(layer: LayerNorm, writer: Writer) -> None:
    arrays = writer.array(layer.weight), writer.array(layer.bias)
    writer.add("LayerNormalization", *arrays, axis=-layer.weight.value.ndim, epsilon=layer.epsilon)


def _max_pool2d(layer: MaxPool2D, writer: Writer) -> None:
    window = layer.window
    writer.add("MaxPool", kernel_shape=window.size, strides=window.stride, pads=_pads(window.padding))


def _normalization(layer: Normalization, writer: Writer) -> None:
    assert layer.built_for is not None
    shape = (-1, *(1,) * (len(layer.built_for) - 1))  # broadcasts one number for each channel
    writer.add("Sub", writer.constant("mean", layer.mean.reshape(shape), writer.dtype))
    writer.add("Div", writer.constant("scale", layer.scale.reshape(shape), writer.dtype))


def _padding2d(layer: Padding2D, writer: Writer) -> None:
    top, left, bottom, right = _pads(as_padding(layer.padding, "padding"))
    writer.add("Pad", writer.constant("pads", (0, 0, top, left, 0, 0, bottom, right)))


def _reshape(layer: Reshape, writer: Writer) -> None:
    sizes = layer.shape if isinstance(layer.shape, tuple | list) else (layer.shape,)
    writer.add("Reshape", writer.constant("shape", (0, *sizes)))  # 0 keeps the size of the batch


def _residual(layer: Residual, writer: Writer) -> None:
    start = writer.value
    write_layers(layer.body, writer, "body.")
    body, writer.value = writer.value, start
    write_layers(layer.shortcut or (), writer, "shortcut.")
    shortcut, writer.value = writer.value, body
    writer.add("Add", shortcut)


def _silu(layer: SiLU, writer: Writer) -> None:
    start = writer.value
    writer.add("Sigmoid")
    writer.add("Mul", start)


def _softplus(layer: Softplus, writer: Writer) -> None:
    if layer.beta == 1:
        writer.add("Softplus")
        return
    writer.add("Mul", writer.constant("beta", layer.beta, writer.dtype))
    writer.add("Softplus")
    writer.add("Mul", writer.constant("scale", 1 / layer.beta, writer.dtype))


def _upsample2d(layer: Upsample2D, writer: Writer) -> None:
    scales = writer.constant("scales", (1, 1, *as_pair(layer.scale_factor, "scale_factor")), np.float32)
    if layer.mode == "nearest":
        forms = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        forms = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    writer.add("Resize", "", scales, **forms)


EXPORTS: dict[type[Layer], Callable[[Any, Writer], None]] = {
    AvgPool2D: _avg_pool2d,
    BatchNorm: _batch_norm,
    Concat: _concat,
    Conv2D: _conv2d,
    ConvTranspose2D: _conv_transpose2d,
    Dense: _dense,
    Dropout: _dropout,
    GELU: _gelu,
    GlobalAvgPool2D: _global("GlobalAveragePool"),
    GlobalMaxPool2D: _global("GlobalMaxPool"),
    LayerNorm: _layer_norm,
    MaxPool2D: _max_pool2d,
    Normalization: _normalization,
    Padding2D: _padding2d,
    Reshape: _reshape,
    Residual: _residual,
    SiLU: _silu,
    Softplus: _softplus,
    Upsample2D: _upsample2d,
}
"""The function that writes each layer whose class has no `Layer.onnx_operator`. Subclasses are not looked up."""


def _weights(layer: Dense | Conv2D | ConvTranspose2D, writer: Writer) -> Sequence[str]:
    return [writer.array(array) for array in ([layer.weight, layer.bias] if layer.use_bias else [layer.weight])]


def _pads(padding: Any) -> tuple[int, int, int, int]:
    """Return the padding (top, bottom, left, right) in ONNX's order (top, left, bottom, right)."""
    top, bottom, left, right = padding
    return top, left, bottom, right
