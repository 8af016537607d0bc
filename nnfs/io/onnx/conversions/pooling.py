"""Pools as layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...._kernels.interface import Array, Window
from ....errors import UnsupportedError
from ....layers import AvgPool2D, Layer, MaxPool2D, Reshape
from ..node import Node
from ..operators.reductions import reduced_axes
from ..operators.windows import kernel_shape, node_window, pair
from ..steps import Step
from .images import images
from .layer_arguments import short, short_padding


def max_pool(node: Node, x: Step) -> Step:
    """Return the MaxPool2D layer, as a `Step` after x, that does what the ONNX node ``MaxPool`` does."""
    if pair(node, "dilations") != (1, 1):
        raise UnsupportedError(f"attribute dilations: MaxPool2D has none, got {pair(node, 'dilations')}, wanted 1")
    size = kernel_shape(node)
    window, _, sides = node_window(node, images(x), size)
    padding = _border(node, window, sides)
    stride = pair(node, "strides")
    return x.then(MaxPool2D(short(size), stride=None if stride == size else short(stride), padding=padding))


def average_pool(node: Node, x: Step) -> Step:
    """Return the AvgPool2D layer, as a `Step` after x, that does what the ONNX node ``AveragePool`` does."""
    if pair(node, "dilations") != (1, 1):
        raise UnsupportedError(f"attribute dilations: AvgPool2D has none, got {pair(node, 'dilations')}, wanted 1")
    size = kernel_shape(node)
    window, _, sides = node_window(node, images(x), size)
    counts = bool(node.attributes.get("count_include_pad"))
    if counts and any(given > asked for given, asked in zip(window.padding, sides, strict=True)):
        raise UnsupportedError(
            "attribute ceil_mode: AvgPool2D counts all that a window reaches over; write ceil_mode=False"
        )
    padding = _border(node, window, sides)
    stride = pair(node, "strides")
    return x.then(
        AvgPool2D(
            short(size), stride=None if stride == size else short(stride), padding=padding, count_include_pad=counts
        )
    )


def global_pool(make: Callable[[], Layer]) -> Callable[[Node, Step], Step]:
    """Return the function for a pool over whole images, whose result is (C, 1, 1) in ONNX and (C,) here."""

    def convert(node: Node, x: Step) -> Step:
        channels = images(x).shape[1]
        return x.then(make()).then(Reshape((channels, 1, 1)))

    return convert


def over_pixels(make: Callable[[], Layer]) -> Callable[..., Step]:
    """Return the function for a reduction over all pixels of each channel, which is a pool over whole images."""

    def convert(node: Node, x: Step, axes: Array | None = None) -> Step:
        rank = len(x.shape) + 1
        wanted = reduced_axes(node, rank, axes)
        order = x.order or tuple(range(rank))
        if rank != 4 or wanted is None or sorted(order[axis] for axis in wanted) != [2, 3]:
            raise UnsupportedError(f"axes: got {wanted}, wanted those of the pixels: a pool over whole images")
        pooled = x._replace(order=None).then(make())
        if not node.attributes["keepdims"]:
            return pooled
        return pooled.then(Reshape((x.shape[0], 1, 1)))._replace(order=x.order)

    return convert


def _border(node: Node, window: Window, sides: tuple[int, int, int, int]) -> Any:
    """Return the padding for a pooling layer: ``sides``, the attribute pads, plus the pixels that ceil_mode adds."""
    if not node.attributes.get("ceil_mode"):
        return short_padding(sides)
    (rows, columns), border = window.size, window.padding
    if border != sides and (max(border[:2]) > rows // 2 or max(border[2:]) > columns // 2):
        raise UnsupportedError(
            f"attribute ceil_mode: the last window reaches over the border {border}, and a pooling layer's border is "
            f"at most half of its window {window.size}; write ceil_mode=False, or an input of another size"
        )
    return short_padding(border)
