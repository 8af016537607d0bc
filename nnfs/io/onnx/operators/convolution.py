"""Convolution and transposed convolution, computed by the kernels of the layers."""

from __future__ import annotations

import numpy as np

from ...._kernels import kernels
from ...._kernels.interface import Array
from ....arguments.shapes import LARGEST, place_window
from ....errors import FormatError
from ..graph_size import check_array_size
from ..node import Node
from .windows import Pair, as_images, auto_pad, explicit_pads, kernel_shape, node_window, pair


def conv(node: Node, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return the cross-correlation (N, F, P, Q) of x (N, C, H, W) with weight (F, C/G, KH, KW), plus bias (F,)."""
    images, filters = as_images(x), as_images(weight, "W")
    groups = _groups(node, filters.shape[0])
    if images.shape[1] != filters.shape[1] * groups:
        raise FormatError(
            f"input W: got shape {weight.shape} in {groups} group(s), which fits {filters.shape[1] * groups} channels, "
            f"wanted {x.shape[1]}, those of X"
        )
    window, size, _ = node_window(node, images, kernel_shape(node, filters))
    shape = (len(x), len(filters), *size)
    check_array_size(shape, images.dtype)
    y = np.empty(shape, images.dtype)
    kernels.conv2d_forward(images, filters, _bias(bias, len(filters), images.dtype), window, y=y)
    return y.astype(x.dtype, copy=False)


def conv_transpose(node: Node, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return the transposed convolution of x (N, F, P, Q) with weight (F, C/G, KH, KW), plus bias (C,).

    It is the gradient of a convolution with respect to its input. It is computed without padding. Then the pixels of
    ``pads`` are cut from the top and the left, and the rest is cut or filled with zeros to the size of the output.
    """
    images, filters = as_images(x), as_images(weight, "W")
    groups = _groups(node, filters.shape[0])
    if images.shape[1] != filters.shape[0]:
        raise FormatError(f"input W: got shape {weight.shape}, wanted {x.shape[1]} filters, the channels of X")
    strides, dilations, size = pair(node, "strides"), pair(node, "dilations"), kernel_shape(node, filters)
    rows, columns = (
        (images.shape[2 + axis] - 1) * strides[axis] + dilations[axis] * (size[axis] - 1) + 1 for axis in (0, 1)
    )
    channels = filters.shape[1] * groups
    check_array_size((len(x), channels, rows, columns), images.dtype)
    window, _ = place_window((rows, columns), size, strides, (0, 0, 0, 0), dilations, "attribute kernel_shape")
    begin, output = _crop(node, images, (rows, columns), strides)
    check_array_size((len(x), channels, *output), images.dtype)
    full = np.empty((len(x), channels, rows, columns), images.dtype)
    kernels.conv2d_backward_input(images, filters, window, dx=full)
    y = np.zeros((len(x), channels, *output), images.dtype)
    middle = full[:, :, begin[0] : begin[0] + output[0], begin[1] : begin[1] + output[1]]
    y[:, :, : middle.shape[2], : middle.shape[3]] = middle
    added = _bias(bias, channels, images.dtype)
    if added is not None:
        y += added[:, None, None]
    return y.astype(x.dtype, copy=False)


def _groups(node: Node, filters: int) -> int:
    groups: int = node.attributes["group"]
    if not 1 <= groups <= LARGEST or filters % groups:
        raise FormatError(f"attribute group: got {groups}, wanted a number that divides the {filters} filters of W")
    return groups


def _bias(bias: Array | None, wanted: int, dtype: np.dtype[np.generic]) -> Array | None:
    if bias is not None and bias.shape != (wanted,):
        raise FormatError(f"input B: got shape {bias.shape}, wanted {(wanted,)}")
    return None if bias is None else np.require(bias, dtype, ("C", "A"))


def _crop(node: Node, x: Array, full: Pair, strides: Pair) -> tuple[Pair, Pair]:
    """Return how many pixels are cut from top and left, and the size (H, W) of the output.

    ``full`` is the size of the transposed convolution without padding.
    """
    extra, sides, mode = pair(node, "output_padding", 0, 0), explicit_pads(node), auto_pad(node)
    wanted = pair(node, "output_shape") if "output_shape" in node.attributes else None
    begins, sizes = [], []
    for axis in (0, 1):
        if wanted is None and not mode.startswith("SAME"):
            begin, size = sides[2 * axis], full[axis] + extra[axis] - sides[2 * axis] - sides[2 * axis + 1]
        else:
            size = wanted[axis] if wanted is not None else x.shape[2 + axis] * strides[axis]
            # An output that is larger than all windows together ends in zeros.
            total = max(full[axis] + extra[axis] - size, 0)
            # Opset 1 swapped SAME_UPPER and SAME_LOWER, against its own text; opset 11 corrected it.
            begin = total // 2 if mode == "SAME_UPPER" else total - total // 2
        if size < 1:
            raise FormatError(f"attribute pads: got {sides}, which leaves nothing of {full[axis]} pixels")
        begins.append(begin)
        sizes.append(size)
    return (begins[0], begins[1]), (sizes[0], sizes[1])
