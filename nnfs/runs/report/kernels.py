"""The kernels of the first convolution of a network, and the feature maps that they make of one image."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...layers import Conv2D
from ...printable import four_digits
from ...sequential import Sequential
from .pixels import as_png, first_channels, range_of

MOST_KERNELS = 32
COLOURS = "cividis"
"""Its lightness grows with the number, so that pictures are readable without colour too."""


def first_convolution(network: Sequential) -> tuple[str, Conv2D] | None:
    """Return the name of the first convolution and the layer, or None for a network without one."""
    for name, chain, index in network.layers.walk():
        layer = chain[index]
        if isinstance(layer, Conv2D):
            return name, layer
    return None


def maps_of(network: Sequential, image: Array) -> Array:
    """Return the feature maps (F, rows, columns) of the first convolution for one image (C, H, W)."""
    found = first_convolution(network)
    assert found is not None
    maps: Array = network.explain(image[None]).layers[found[0]].output[0]
    return maps.reshape(len(maps), *found[1].output_size)


def kernel_facts(network: Sequential, image: Array | None, about: str) -> dict[str, Any] | None:
    """Return the kernels of the first convolution and the feature maps of one image, as small images for the page.

    ``image`` (C, H, W) is None without data, and ``about`` names it. Return None for a network without a convolution.
    """
    found = first_convolution(network)
    if found is None:
        return None
    name, layer = found
    weight, _ = layer.values()
    channel = f", channel 0 of {weight.shape[1]}" if weight.shape[1] > 1 else ""
    title = f"Kernels of layer {name}, {weight.shape[2]} x {weight.shape[3]}{channel}"
    strips = [_strip(title, weight[:, 0])]
    if image is not None:
        strips.append(_strip(f"Feature maps of layer {name}, before its activation", maps_of(network, image)))
    shown = None if image is None else as_png(first_channels(image), *range_of(image))
    return {"strips": strips, "image": shown, "about": about, "total": len(weight), "shown": len(strips[0]["tiles"])}


def _strip(title: str, maps: Array) -> dict[str, Any]:
    """Return the first maps (K, rows, columns) as images that share a scale with 0 in its middle."""
    largest = float(np.abs(maps).max()) or 1.0
    ramp = as_png(np.linspace(-1, 1, 64)[None], -1, 1, COLOURS)
    tiles = [as_png(one, -largest, largest, COLOURS) for one in maps[:MOST_KERNELS]]
    ends = [four_digits(-largest).replace("-", "\u2212"), "0", four_digits(largest)]
    alt = f"{title}: {len(tiles)} images from {ends[0]} (dark) to {ends[2]} (bright). "
    largest_at = int(np.abs(maps).reshape(len(maps), -1).max(axis=1).argmax())
    return {"title": title, "tiles": tiles, "ramp": ramp, "ends": ends, "alt": f"{alt}Number {largest_at} has the end."}
