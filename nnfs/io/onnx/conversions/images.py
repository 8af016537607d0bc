"""Resized and padded images as layers."""

from __future__ import annotations

import numpy as np

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import Padding2D
from ..node import Node
from ..operators.arrangement import border
from ..operators.resizing import upsample
from ..steps import Step
from .layer_arguments import short_padding


def images(x: Step) -> Array:
    """Return an array (1, C, H, W) with the shape of the samples, which takes no memory; raise for no images.

    Signals (C, L) are images of one row.
    """
    if len(x.shape) not in (2, 3):
        raise UnsupportedError(f"wanted images (N, C, H, W), got samples of shape {x.shape}")
    shape = x.shape if len(x.shape) == 3 else (x.shape[0], 1, x.shape[1])
    return np.broadcast_to(np.zeros((), x.dtype), (1, *shape))


def resize(
    node: Node, x: Step, roi: Array | None = None, scales: Array | None = None, sizes: Array | None = None
) -> Step:
    """Return the Upsample2D layer, as a `Step` after x, that does what the ONNX node ``Resize`` does."""
    if sizes is not None and sizes.size and x.batch is None:
        sizes = np.concatenate([[1], sizes[1:]])  # the batch may be of any size
    return x.then(upsample(node, (x.batch or 1, *x.shape), roi if node.version < 11 else scales, sizes))


def pad(node: Node, x: Step, pads: Array | None = None, value: Array | None = None, axes: Array | None = None) -> Step:
    """Return the Padding2D layer, as a `Step` after x, that does what the ONNX node ``Pad`` does."""
    if node.attributes["mode"] != "constant" or (value is not None and value.any()) or node.attributes.get("value"):
        raise UnsupportedError("attribute mode or value: wanted constant and 0: Padding2D has a border of zeros alone")
    sides = border(node, images(x).shape, pads, axes)
    (top, bottom), (left, right) = sides[2:]
    if sides[:2] != [(0, 0), (0, 0)]:
        raise UnsupportedError(
            f"pads: got {sides[:2]} for samples and channels, wanted 0: Padding2D has a border around each image alone"
        )
    return x.then(Padding2D(short_padding((top, bottom, left, right))))
