"""Pools as layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...._kernels.interface import Array, Window
from ....errors import UnsupportedError
from ....layers import AvgPool1D, AvgPool2D, Layer, MaxPool1D, MaxPool2D, Permute, Reshape
from ..node import Node
from ..operators.reductions import reduced_axes
from ..operators.signals import as_image_node
from ..operators.windows import kernel_shape, node_window, pair
from ..steps import Step
from .images import images
from .layer_arguments import short, short_padding


def max_pool(node: Node, x: Step) -> Step:
    """Return the MaxPool2D or MaxPool1D layer, as a `Step` after x, that does what the ONNX node ``MaxPool`` does."""
    node, rank = as_image_node(node), len(x.shape) - 1
    if pair(node, "dilations") != (1, 1):
        raise UnsupportedError(f"attribute dilations: MaxPool2D has none, got {pair(node, 'dilations')}, wanted 1")
    size = kernel_shape(node)
    window, _, sides = node_window(node, images(x), size)
    make = MaxPool1D if rank == 1 else MaxPool2D
    return x.then(make(short(size, rank), stride=_stride(node, size, rank), padding=_border(node, window, sides, rank)))


def average_pool(node: Node, x: Step) -> Step:
    """Return the AvgPool2D or AvgPool1D layer, as a `Step` after x, that does what ``AveragePool`` does."""
    node, rank = as_image_node(node), len(x.shape) - 1
    if pair(node, "dilations") != (1, 1):
        raise UnsupportedError(f"attribute dilations: AvgPool2D has none, got {pair(node, 'dilations')}, wanted 1")
    size = kernel_shape(node)
    window, _, sides = node_window(node, images(x), size)
    counts = bool(node.attributes.get("count_include_pad"))
    if counts and any(given > asked for given, asked in zip(window.padding, sides, strict=True)):
        raise UnsupportedError(
            "attribute ceil_mode: AvgPool2D counts all that a window reaches over; write ceil_mode=False"
        )
    make = AvgPool1D if rank == 1 else AvgPool2D
    padding = _border(node, window, sides, rank)
    return x.then(make(short(size, rank), stride=_stride(node, size, rank), padding=padding, count_include_pad=counts))


def global_pool(image: Callable[[], Layer], signal: Callable[[], Layer]) -> Callable[[Node, Step], Step]:
    """Return the function for a pool over all of a channel, whose result is (C, 1, 1) in ONNX and (C,) here.

    The pool is ``image`` or ``signal``, whose result is (C, 1) in ONNX.
    """

    def convert(node: Node, x: Step) -> Step:
        channels = images(x).shape[1]
        pooled = x.then(image() if len(x.shape) == 3 else signal())
        return pooled.then(Reshape((channels, *(1,) * (len(x.shape) - 1))))

    return convert


def over_pixels(image: Callable[[], Layer], signal: Callable[[], Layer]) -> Callable[..., Step]:
    """Return the function for a reduction over all pixels of each channel, which is a pool over all of a channel."""

    def convert(node: Node, x: Step, axes: Array | None = None) -> Step:
        rank = len(x.shape) + 1
        wanted = reduced_axes(node, rank, axes)
        order = x.order or tuple(range(rank))
        pixels = list(range(2, rank))
        if rank == 3 and wanted == (1,) and x.order is None:  # the mean of each column of samples (T, D)
            pooled = x.then(Permute((2, 1))).then(signal())
            return pooled.then(Reshape((1, x.shape[1]))) if node.attributes["keepdims"] else pooled
        if rank not in (3, 4) or wanted is None or sorted(order[axis] for axis in wanted) != pixels:
            raise UnsupportedError(f"axes: got {wanted}, wanted those of the pixels: a pool over whole images")
        pooled = x._replace(order=None).then(image() if rank == 4 else signal())
        if not node.attributes["keepdims"]:
            return pooled
        return pooled.then(Reshape((x.shape[0], *(1 for _ in pixels))))._replace(order=x.order)

    return convert


def _stride(node: Node, size: tuple[int, int], rank: int) -> Any:
    """Return the stride for a pooling layer, None where it is the size of the window."""
    stride = pair(node, "strides")
    return None if stride == size else short(stride, rank)


def _border(node: Node, window: Window, sides: tuple[int, int, int, int], rank: int) -> Any:
    """Return the padding for a pooling layer: ``sides``, the attribute pads, plus the pixels that ceil_mode adds."""
    if not node.attributes.get("ceil_mode"):
        return short_padding(sides, rank)
    (rows, columns), border = window.size, window.padding
    if border != sides and (max(border[:2]) > rows // 2 or max(border[2:]) > columns // 2):
        raise UnsupportedError(
            f"attribute ceil_mode: the last window reaches over the border {border}, and a pooling layer's border is "
            f"at most half of its window {window.size}; write ceil_mode=False, or an input of another size"
        )
    return short_padding(border, rank)
