"""Signals (N, C, L) as images (N, C, 1, L), so that the operators for images compute them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ..node import Node

# For each attribute of a window: what it has for the axis of rows, which a signal does not have.
ROWS = {"dilations": 1, "kernel_shape": 1, "output_padding": 0, "output_shape": 1, "strides": 1}


def also_signals(operator: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operator for images that takes signals (N, C, L) and weights (F, C, K), too."""

    def run(node: Node, x: Array, *weights: Array | None) -> Any:
        if x.ndim != 3:
            return operator(node, x, *weights)
        results = operator(as_image_node(node), *(as_image(array) for array in (x, *weights)))
        return tuple(np.squeeze(y, 2) for y in results) if isinstance(results, tuple) else np.squeeze(results, 2)

    return run


def as_image(array: Array | None) -> Array | None:
    """Return a signal or its weights, which have three axes, with an axis of one row; others are unchanged."""
    return array[:, :, None] if array is not None and array.ndim == 3 else array


def as_image_node(node: Node) -> Node:
    """Return a node whose attributes describe a window over a signal, with these attributes for one row of an image."""
    attributes = dict(node.attributes)
    for name, row in ROWS.items():
        if name in attributes and len(attributes[name]) == 1:
            attributes[name] = (row, *attributes[name])
    if len(attributes.get("pads", ())) == 2:
        begin, end = attributes["pads"]
        attributes["pads"] = (0, begin, 0, end)
    return node._replace(attributes=attributes)
