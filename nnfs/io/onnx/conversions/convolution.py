"""Convolutions and transposed convolutions as layers."""

from __future__ import annotations

from ...._kernels.interface import Array
from ....errors import FormatError, UnsupportedError
from ....layers import Conv1D, Conv2D, ConvTranspose2D, Reshape
from ..node import Node
from ..operators.signals import as_image, as_image_node
from ..operators.windows import auto_pad, explicit_pads, kernel_shape, node_window, pair
from ..steps import Step
from .images import images
from .layer_arguments import short, short_padding


def conv(node: Node, x: Step, weight: Array | None, bias: Array | None = None) -> Step:
    """Return the Conv2D or Conv1D layer, as a `Step` after x, that does what the ONNX node ``Conv`` does."""
    rank = len(x.shape) - 1
    if weight is None or weight.ndim != rank + 2 or rank not in (1, 2):
        raise UnsupportedError("input W: wanted a constant, the weights, with as many axes as the images or signals")
    node = as_image_node(node)
    size = kernel_shape(node, as_image(weight))
    _, _, sides = node_window(node, images(x), size)
    groups = node.attributes["group"]
    layer = (Conv1D if rank == 1 else Conv2D)(
        len(weight),
        short(size, rank),
        stride=short(pair(node, "strides"), rank),
        padding=short_padding(sides, rank),
        dilation=short(pair(node, "dilations"), rank),
        groups=groups,
        use_bias=bias is not None,
    )
    if weight.shape[1] * groups != x.shape[0] or (bias is not None and bias.shape != weight.shape[:1]):
        raise FormatError(f"inputs W, B: got weights of shape {weight.shape} for {x.shape[0]} channels")
    return x.then(layer, weight=weight, bias=bias)


def conv_transpose(node: Node, x: Step, weight: Array | None, bias: Array | None = None) -> Step:
    """Return the ConvTranspose2D layer, as a `Step` after x, that does what the ONNX node ``ConvTranspose`` does."""
    if weight is not None and weight.ndim == 3 and len(x.shape) == 2:  # a signal is an image of one row
        channels, length = x.shape
        found = conv_transpose(as_image_node(node), x.then(Reshape((channels, 1, length))), as_image(weight), bias)
        return found.then(Reshape((found.shape[0], found.shape[2])))
    if weight is None or weight.ndim != 4:
        raise UnsupportedError("input W: wanted a constant of four axes, the weights")
    if auto_pad(node) not in ("NOTSET", "VALID") or "output_shape" in node.attributes:
        raise UnsupportedError(
            "attributes auto_pad, output_shape: wanted neither, but pads: ConvTranspose2D has paddings of numbers"
        )
    groups = node.attributes["group"]
    filters = weight.shape[1] * groups
    if images(x).shape[1] != weight.shape[0] or (bias is not None and bias.shape != (filters,)):
        raise FormatError(f"inputs W, B: got weights of shape {weight.shape} for {x.shape[0]} channels")
    layer = ConvTranspose2D(
        filters,
        short(kernel_shape(node, weight)),
        stride=short(pair(node, "strides")),
        padding=short_padding(explicit_pads(node)),
        output_padding=short(pair(node, "output_padding", 0, 0)),
        dilation=short(pair(node, "dilations")),
        groups=groups,
        use_bias=bias is not None,
    )
    return x.then(layer, weight=weight, bias=bias)
