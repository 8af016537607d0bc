"""The plot of the outputs of a convolutional network's layers for one image."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import as_batch, check_finite
from ..errors import ShapeError
from ..layers import Conv2D, Flatten
from ..sequential import Sequential
from ..system.floating_point import quietly
from .figure import GREY, new_figure

MAPS_IN_A_LINE = 8
GREYS = "gray_r"


class Strip(NamedTuple):
    """Hold small images (K, rows, columns) that share a name, a colour map, and a scale from ``low`` to ``high``."""

    name: str
    maps: Array
    colours: str
    low: float
    high: float


@quietly
def plot_feature_maps(network: Sequential, image: Any, *, title: str = "Kernels and feature maps") -> Any:
    """Draw an image, the kernels of the first convolution, and the outputs of all layers before Flatten.

    All feature maps of one layer share a scale, which a colour bar shows: white is 0, red is positive, blue is
    negative, and the darkest colour is the largest absolute number of the layer.

    Parameters
    ----------
    network : Sequential
        A network that takes images and has a convolution.
    image : array (C, H, W), or a signal (C, L), which is drawn as an image of one row
        Only the first channel of the image and of the kernels is drawn; not modified.
    title : str
        The title of the plot.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        For an image of another shape than the network's input, and for a network without a convolution before Flatten.
    NumericError
        For an image that is not finite.
    """
    image = np.asarray(image)
    if image.shape != network.input_shape:
        fix = "; for the first image of a batch, write image[0]" if image.shape[1:] == network.input_shape else ""
        raise ShapeError(f"image must be one image {network.input_shape}, got shape {image.shape}{fix}")
    image = as_batch(image[None], network.input_shape, network.dtype, "image")
    check_finite(image, "image")
    strips = _strips(network, image)
    is_narrow = all(len(strip.maps) == 1 for strip in strips)
    if is_narrow:
        figure = new_figure(max(7, 2 * len(strips)), 3.4)
        panels = [[axes] for axes in figure.subplots(1, len(strips))]
        for (axes,), strip in zip(panels, strips, strict=True):
            axes.set_title(strip.name, fontsize="medium")
    else:
        lines = [-(-len(strip.maps) // MAPS_IN_A_LINE) for strip in strips]
        columns = min(MAPS_IN_A_LINE, max(len(strip.maps) for strip in strips))
        figure = new_figure(max(6, 1.2 * columns + 2.4), 1.3 * sum(lines) + 0.8)
        axes = iter(figure.subplots(sum(lines), 1))
        panels = [[next(axes) for _ in range(count)] for count in lines]
        for (first, *_), strip in zip(panels, strips, strict=True):
            first.set_ylabel(strip.name, rotation=0, ha="right", va="center")
    figure.suptitle(title)
    for lines_of_strip, strip in zip(panels, strips, strict=True):
        for line, axes in enumerate(lines_of_strip):
            maps = strip.maps[line * MAPS_IN_A_LINE : (line + 1) * MAPS_IN_A_LINE]
            drawn = axes.imshow(_side_by_side(maps), cmap=strip.colours, vmin=strip.low, vmax=strip.high)
            axes.set(xticks=[], yticks=[], facecolor=GREY)
        ticks = [strip.low, strip.high] if strip.colours == GREYS else [strip.low, 0, strip.high]
        place = {"location": "bottom"} if is_narrow else {"location": "right", "fraction": 0.04, "aspect": 10}
        bar = figure.colorbar(drawn, ax=lines_of_strip, ticks=ticks, format="%.3g", **place)
        bar.ax.tick_params(labelsize="small")
        for axes in lines_of_strip:
            axes.set_anchor("S" if is_narrow else "W")  # a colour bar would pull its panels to its side
    return figure


def _strips(network: Sequential, image: Array) -> list[Strip]:
    """Return the image, the kernels of the first convolution, and the output of each layer before Flatten, as strips.

    ``image`` has the shape (1, C, H, W). Raises ShapeError for a network without a convolution.
    """
    low, high = float(image[0, 0].min()), float(image[0, 0].max())
    low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    channel = "\nchannel 0" if image.shape[1] > 1 else ""
    strips = [Strip(f"image{channel}", _maps(image[0])[:1], GREYS, low, high)]
    for index, (layer, output) in enumerate(network.trace(image)):
        if isinstance(layer, Flatten):
            break
        if isinstance(layer, Conv2D) and len(strips) == 1:
            kernels = layer.values()[0][:, 0]
            strips.append(_signed(f"kernel{'s' * (len(kernels) > 1)}{channel}", kernels))
        if output.ndim > 2:
            strips.append(_signed(f"{index} {type(layer).__name__}", _maps(output[0]).copy()))
    if len(strips) == 1:
        raise ShapeError("plot_feature_maps needs a network with a Conv2D or Conv1D layer before its Flatten()")
    return strips


def _maps(output: Array) -> Array:
    """Return the images (K, rows, columns) that a sample's output is: those of one row for signals (K, columns)."""
    return output.reshape(len(output), -1, output.shape[-1])


def _signed(name: str, maps: Array) -> Strip:
    """Return a strip of maps (K, rows, columns) in which white is 0, red is positive and blue is negative."""
    largest = float(np.abs(maps).max()) or 1.0
    return Strip(name, maps, "RdBu_r", -largest, largest)


def _side_by_side(maps: Array) -> Array:
    """Return small images (K, rows, columns) side by side in one image; the gaps are NaN, which is not drawn."""
    count, rows, columns = maps.shape
    # Each pixel is repeated, so that the gaps between small images can be narrower than their pixels.
    fine = max(1, 24 // columns)
    gap = max(1, columns * fine // 24)
    joined = np.full((rows * fine, count * (columns * fine + gap) - gap), np.nan)
    for index, picture in enumerate(maps):
        start = index * (columns * fine + gap)
        joined[:, start : start + columns * fine] = picture.repeat(fine, axis=0).repeat(fine, axis=1)
    return joined
