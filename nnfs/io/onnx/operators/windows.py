"""Windows that slide over images: ONNX's attributes, converted into the `Window` that kernels take."""

from __future__ import annotations

import numpy as np

from ...._kernels.interface import Array, Padding, Window
from ....arguments.shapes import as_integer, place_window
from ....errors import FormatError, ShapeError, UnsupportedError
from ...strict_json import short
from ..graph_size import check_array_size
from ..node import Node

AUTO_PADS = ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
Pair = tuple[int, int]


def as_images(x: Array, name: str = "X") -> Array:
    """Return x (N, C, H, W) C-contiguous, in float32 or float64, as kernels need it.

    float16 and integers of 8 bits become float32, which holds all of their numbers. Raises UnsupportedError or
    ShapeError, which names the input ``name``, for other shapes.
    """
    if x.ndim != 4:
        raise UnsupportedError(
            f"input {name}: got shape {x.shape}, and nnfs does images of one or two dimensions, (N, C, H, W)"
        )
    if 0 in x.shape[1:]:
        raise ShapeError(f"input {name}: got shape {x.shape}, wanted at least one channel and one pixel")
    dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.dtype(np.float32)
    check_array_size(x.shape, dtype)
    return np.require(x, dtype, ("C", "A"))


def pair(node: Node, name: str, default: int = 1, minimum: int = 1) -> Pair:
    """Return the attribute ``name`` as (rows, columns), each at least ``minimum``; raise FormatError for others."""
    values = node.attributes.get(name, (default, default))
    if len(values) != 2:
        raise FormatError(f"attribute {name}: got {short(values)}, wanted two numbers, for rows and columns")
    return as_integer(values[0], f"attribute {name}", minimum), as_integer(values[1], f"attribute {name}", minimum)


def kernel_shape(node: Node, weight: Array | None = None) -> Pair:
    """Return the size (rows, columns) of a node's window: the last two axes of the weight, or the attribute."""
    if weight is None:
        return pair(node, "kernel_shape")
    size = weight.shape[2], weight.shape[3]
    if node.attributes.get("kernel_shape", size) != size:
        raise FormatError(
            f"attribute kernel_shape: got {short(node.attributes['kernel_shape'])}, wanted {size}, as W has"
        )
    return size


def explicit_pads(node: Node) -> Padding:
    """Return (top, bottom, left, right) of the attribute pads, which ONNX orders (top, left, bottom, right)."""
    pads = node.attributes.get("pads", (0, 0, 0, 0))
    if len(pads) != 4:
        raise FormatError(f"attribute pads: got {short(pads)}, wanted four numbers: top, left, bottom, right")
    if auto_pad(node) != "NOTSET" and any(pads):
        raise FormatError(f"attribute pads: got {short(pads)} beside auto_pad={auto_pad(node)}, wanted one of them")
    top, left, bottom, right = (as_integer(side, "attribute pads", 0) for side in pads)
    return top, bottom, left, right


def auto_pad(node: Node) -> str:
    """Return the attribute auto_pad: NOTSET, VALID, SAME_UPPER or SAME_LOWER."""
    mode: str = node.attributes["auto_pad"]
    if mode not in AUTO_PADS:
        raise FormatError(f"attribute auto_pad: got {short(mode)}, wanted one of {', '.join(AUTO_PADS)}")
    return mode


def node_window(node: Node, x: Array, size: Pair) -> tuple[Window, Pair, Padding]:
    """Return the window of a node over images x (N, C, H, W), the output size (P, Q), and the padding of the node.

    The padding of the window may be larger than that of the node: with ceil_mode the last window may reach beyond it.

    P = floor((H + top + bottom - reach) / stride) + 1 with reach = dilation (KH - 1) + 1; Q is computed like P, from
    the columns. ceil_mode rounds up instead, but leaves out a window that would start after the image and the padding
    before it. SAME_UPPER and SAME_LOWER pad so that P = ceil(H / stride); an odd pixel goes to the end (UPPER) or to
    the beginning (LOWER).
    """
    strides, dilations = pair(node, "strides"), pair(node, "dilations")
    asked, given, outputs = [], [], []
    explicit, mode = explicit_pads(node), auto_pad(node)
    for axis in (0, 1):
        length, stride = x.shape[2 + axis], strides[axis]
        reach = dilations[axis] * (size[axis] - 1) + 1
        if mode.startswith("SAME"):
            count = -(-length // stride)
            total = max((count - 1) * stride + reach - length, 0)
            before = total // 2 if mode == "SAME_UPPER" else total - total // 2
            after = total - before
        else:
            before, after = explicit[2 * axis], explicit[2 * axis + 1]
            spare = length + before + after - reach
            count = spare // stride + 1
            if node.attributes.get("ceil_mode") and mode == "NOTSET":
                count = -(-spare // stride) + 1
                if (count - 1) * stride >= length + before:
                    count -= 1
        if count < 1:
            raise ShapeError(f"a window of {reach} pixels is longer than {length} with padding {before} + {after}")
        asked += [before, after]
        given += [before, max((count - 1) * stride + reach - length - before, 0)]
        outputs.append(count)
    n, c, h, w = x.shape
    check_array_size((n, c, h + given[0] + given[1], w + given[2] + given[3]), x.dtype)
    padding = given[0], given[1], given[2], given[3]
    window, output = place_window((h, w), size, strides, padding, dilations, "attribute kernel_shape")
    assert output == tuple(outputs)
    return window, output, (asked[0], asked[1], asked[2], asked[3])
