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
    AvgPool1D,
    AvgPool2D,
    BatchNorm,
    Clip,
    Concat,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Gate,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GroupNorm,
    Layer,
    LayerNorm,
    MaxPool1D,
    MaxPool2D,
    Mish,
    Normalization,
    Padding2D,
    Reshape,
    Residual,
    SiLU,
    Softplus,
    Upsample2D,
)
from ...layers.pooling import Pooling
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


def _avg_pool(layer: AvgPool2D, writer: Writer) -> None:
    writer.add("AveragePool", **_window(layer), count_include_pad=int(layer.count_include_pad))


def _batch_norm(layer: BatchNorm, writer: Writer) -> None:
    arrays = [writer.array(array) for array in (layer.weight, layer.bias, layer.running_mean, layer.running_var)]
    # ONNX's momentum is the share of the old statistics, nnfs's that of the new ones.
    writer.add("BatchNormalization", *arrays, epsilon=layer.epsilon, momentum=1 - layer.momentum)


def _clip(layer: Clip, writer: Writer) -> None:
    limits = (writer.constant(name, getattr(layer, name), writer.dtype) for name in ("minimum", "maximum"))
    writer.add("Clip", *limits)


def _concat(layer: Concat, writer: Writer) -> None:
    start, outputs = writer.value, []
    for name, branch in layer.chains.items():
        writer.value = start
        write_layers(branch, writer, f"{name}.")
        outputs.append(writer.value)
    writer.value = outputs[0]
    writer.add("Concat", *outputs[1:], axis=1)


def _conv(layer: Conv2D, writer: Writer) -> None:
    dilations = layer.window.dilation[_axes(layer)]
    writer.add("Conv", *_weights(layer, writer), **_window(layer), dilations=dilations, group=layer.groups)


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
    weight, *bias = _weights(layer, writer)
    if len(layer.output_size) == 1:
        writer.add("Gemm", weight, *bias, transB=1)
        return
    rows, writer.value = writer.value, weight
    writer.add("Transpose", perm=(1, 0))
    transposed, writer.value = writer.value, rows
    writer.add("MatMul", transposed)
    if bias:
        writer.add("Add", *bias)


def _dropout(layer: Dropout, writer: Writer) -> None:
    writer.add("Dropout", writer.constant("ratio", layer.rate, np.float64))


def _gate(layer: Gate, writer: Writer) -> None:
    start = writer.value
    write_layers(layer.body, writer, "body.")
    writer.add("Mul", start)


def _gelu(layer: GELU, writer: Writer) -> None:
    writer.opset = max(writer.opset, 20)  # the first opset with Gelu
    writer.add("Gelu", approximate=layer.approximate)


def _global(operator: str) -> Callable[[Layer, Writer], None]:
    """Return the function for a pool over all of a channel, whose result is (C,) here, and has axes of 1 in ONNX."""

    def write(layer: Layer, writer: Writer) -> None:
        writer.add(operator)
        writer.add("Flatten", axis=1)

    return write


def _group_norm(layer: GroupNorm, writer: Writer) -> None:
    writer.opset = 21  # the first opset whose GroupNormalization has a number for each channel
    arrays = writer.array(layer.weight), writer.array(layer.bias)
    writer.add("GroupNormalization", *arrays, num_groups=layer.groups, epsilon=layer.epsilon)


def _layer_norm(layer: LayerNorm, writer: Writer) -> None:
    arrays = writer.array(layer.weight), writer.array(layer.bias)
    writer.add("LayerNormalization", *arrays, axis=-layer.weight.value.ndim, epsilon=layer.epsilon)


def _max_pool(layer: MaxPool2D, writer: Writer) -> None:
    writer.add("MaxPool", **_window(layer))


def _mish(layer: Mish, writer: Writer) -> None:
    start = writer.value
    writer.add("Softplus")
    writer.add("Tanh")
    writer.add("Mul", start)


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
    AvgPool1D: _avg_pool,
    AvgPool2D: _avg_pool,
    BatchNorm: _batch_norm,
    Clip: _clip,
    Concat: _concat,
    Conv1D: _conv,
    Conv2D: _conv,
    ConvTranspose2D: _conv_transpose2d,
    Dense: _dense,
    Dropout: _dropout,
    GELU: _gelu,
    GlobalAvgPool1D: _global("GlobalAveragePool"),
    Gate: _gate,
    GlobalAvgPool2D: _global("GlobalAveragePool"),
    GlobalMaxPool1D: _global("GlobalMaxPool"),
    GlobalMaxPool2D: _global("GlobalMaxPool"),
    GroupNorm: _group_norm,
    LayerNorm: _layer_norm,
    MaxPool1D: _max_pool,
    MaxPool2D: _max_pool,
    Mish: _mish,
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


def _axes(layer: Conv2D | Pooling) -> slice:
    """Return which of an image's axes, rows and columns, the samples of a layer have: signals have columns alone."""
    assert layer.built_for is not None
    return slice(3 - len(layer.built_for), None)


def _window(layer: Conv2D | Pooling) -> dict[str, Any]:
    """Return the attributes of a window that pools and convolutions share."""
    window, axes = layer.window, _axes(layer)
    begins, ends = (window.padding[side::2][axes] for side in (0, 1))
    return {"kernel_shape": window.size[axes], "strides": window.stride[axes], "pads": (*begins, *ends)}


def _pads(padding: Any) -> tuple[int, int, int, int]:
    """Return the padding (top, bottom, left, right) in ONNX's order (top, left, bottom, right)."""
    top, bottom, left, right = padding
    return top, left, bottom, right
