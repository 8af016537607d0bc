"""Pictures of networks and their training. They need matplotlib: ``pip install "nnfs-cython[report]"``.

Every function returns a matplotlib figure, which ``figure.savefig("name.png")`` writes; nothing is shown, and
matplotlib's global state (pyplot) is not touched.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._kernels.interface import Array
from .arrays import as_batch
from .errors import ShapeError
from .layers import Conv2D, Flatten
from .network import Sequential

BLUE, ORANGE, GREEN, GREY = "#1f5fa8", "#e07b00", "#2a8c4a", "#666666"
COLOURS = (BLUE, ORANGE, GREEN)
POINTS = 300
MAPS_IN_A_LINE = 8


def plot_losses(
    curves: Mapping[str, Sequence[float]], *, levels: Mapping[str, float] | None = None, title: str = "Loss"
) -> Any:
    """Draw losses step by step, on a logarithmic scale: faint as they are, and in full colour their moving mean.

    Parameters
    ----------
    curves : dict of lists of float
        The losses of each step, by the name of the curve.
    levels : dict of float or None
        Losses to mark by a horizontal line, by name.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = _new_figure(8, 4.8)
    axes = figure.add_subplot(title=title, xlabel="step", ylabel="loss of the batch", yscale="log")
    for index, (name, losses) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        values = np.asarray(losses, np.float64)
        window = max(1, len(values) // 50)
        mean = np.convolve(values, np.full(window, 1 / window), "valid")
        # Curves that agree hide each other, so each further one is dashed.
        style: dict[str, Any] = {"linewidth": 2} if index == 0 else {"linewidth": 1.5, "linestyle": (0, (4, 4))}
        if index == 0:
            axes.plot(values, color=colour, alpha=0.25, linewidth=0.6)
        mean_name = f"{name} (mean of {window} steps)" if window > 1 else name
        axes.plot(np.arange(len(mean)) + (window - 1) / 2, mean, color=colour, label=mean_name, **style)
    for index, (name, level) in enumerate((levels or {}).items()):
        style = {"color": GREY, "linewidth": 1.2, "linestyle": ("-.", ":", "--")[index % 3]}
        axes.axhline(level, label=f"{name}: {level:.4g}", **style)
    axes.grid(True, which="major", alpha=0.3)
    axes.legend(loc="upper right", fontsize="small")
    return figure


def plot_fitted_line(
    network: Sequential, x: Any, y: Any, *, title: str = "Fitted line", labels: tuple[str, str] = ("x", "y")
) -> Any:
    """Draw points x (N, 1), y (N, 1), the line of a network with one input and one output, and its errors below.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_shapes(network, (1,), (1,))
    x, y = as_batch(x, (1,), network.dtype), as_batch(y, (1,), network.dtype, "y")
    grid = np.linspace(x.min(), x.max(), POINTS, dtype=network.dtype)[:, None]
    figure = _new_figure(7, 5.6)
    # The line hides the points where it fits well; the errors below are on a scale of their own.
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    above.plot(grid, network.predict(grid), color=ORANGE, linewidth=1.5, label="network")
    above.plot(x, y, ".", color=BLUE, alpha=0.6, markersize=5, label="points")
    above.set(title=title, ylabel=labels[1])
    above.legend()
    below.axhline(0, color=ORANGE, linewidth=1.5)
    below.plot(x, y - network.predict(x), ".", color=BLUE, alpha=0.6, markersize=5)
    below.set(xlabel=labels[0], ylabel="point - network")
    for axes in (above, below):
        axes.grid(True, alpha=0.3)
    return figure


def plot_decision_boundary(
    network: Sequential,
    x: Any,
    labels: Any,
    *,
    threshold: float = 0.5,
    class_names: Sequence[str] = ("class 0", "class 1"),
    title: str = "Decision boundary",
) -> Any:
    """Draw the output of a network over the plane, where it crosses the threshold, and labelled points.

    Parameters
    ----------
    network : Sequential
        Two inputs, one output.
    x : array (N, 2)
    labels : array (N,)
        0 or 1.
    threshold : float
        Outputs above it mean class 1.
    class_names : (str, str)
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_shapes(network, (2,), (1,))
    x, labels = as_batch(x, (2,), network.dtype), np.asarray(labels).ravel()
    low, high = x.min(axis=0) - 0.4, x.max(axis=0) + 0.4
    columns, rows = (np.linspace(low[axis], high[axis], POINTS, dtype=network.dtype) for axis in (0, 1))
    plane = np.stack(np.meshgrid(columns, rows), axis=-1)
    output = network.predict(plane.reshape(-1, 2)).reshape(plane.shape[:2])
    figure = _new_figure(7.6, 4.8)
    axes = figure.add_subplot(title=title, xlabel="x[0]", ylabel="x[1]", aspect="equal")
    picture = axes.pcolormesh(columns, rows, output, cmap="RdBu_r", vmin=0, vmax=1, alpha=0.55, rasterized=True)
    axes.contour(columns, rows, output, levels=[threshold], colors="black", linewidths=1.5)
    for value, (name, colour, marker) in enumerate(zip(class_names, (BLUE, "#b3202c"), "os", strict=True)):
        members = x[labels == value]
        axes.plot(members[:, 0], members[:, 1], marker, color=colour, markersize=5, markeredgecolor="white", label=name)
    axes.legend(loc="upper right", fontsize="small")
    figure.colorbar(picture, ax=axes, label="output", shrink=0.8)
    return figure


def plot_feature_maps(network: Sequential, image: Any, *, title: str = "Kernels and feature maps") -> Any:
    """Draw an image, the kernels of the first convolution, and what every block makes of the image.

    Parameters
    ----------
    network : Sequential
        One that takes images and has a convolution.
    image : array (C, H, W)
        Its first channel is drawn.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    image = as_batch(np.asarray(image)[None], network.input_shape, network.dtype)
    strips = _strips(network, image)
    if all(len(maps) == 1 for _, maps, _ in strips):
        figure = _new_figure(max(7, 2 * len(strips)), 3.1)
        panels = figure.subplots(1, len(strips))
        for axes, (name, _, _) in zip(panels, strips, strict=True):
            axes.set_title(name, fontsize="medium")
    else:
        strips = [
            (name if start == 0 else "", maps[start : start + MAPS_IN_A_LINE], colours)
            for name, maps, colours in strips
            for start in range(0, len(maps), MAPS_IN_A_LINE)
        ]
        columns = max(len(maps) for _, maps, _ in strips)
        figure = _new_figure(max(6, 1.2 * columns + 1.6), 1.3 * len(strips) + 0.8)
        panels = figure.subplots(len(strips), 1)
        for axes, (name, _, _) in zip(panels, strips, strict=True):
            axes.set_ylabel(name, rotation=0, ha="right", va="center")
            axes.set_anchor("W")
    figure.suptitle(title)
    figure.supxlabel("red: positive, blue: negative, white: 0; each line on its own scale", fontsize="small")
    for axes, (_, maps, colours) in zip(panels, strips, strict=True):
        axes.imshow(_side_by_side(maps), **colours)
        axes.set(xticks=[], yticks=[], facecolor=GREY)
    return figure


def plot_wrong_images(
    images: Any,
    labels: Any,
    predicted: Any,
    *,
    class_names: Sequence[str],
    title: str = "Wrongly classified",
    most: int = 24,
) -> Any:
    """Draw the first images that were taken for something else, each with what it is and what it was taken for.

    Parameters
    ----------
    images : array (N, C, H, W)
        The first channel is drawn.
    labels, predicted : array (N,)
        Right and predicted classes.
    class_names : list of str
    title : str
    most : int
        How many images to draw at most.

    Returns
    -------
    matplotlib.figure.Figure
    """
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    wrong = np.flatnonzero(labels != predicted)
    shown = wrong[:most]
    columns = 8
    lines = max(1, -(-len(shown) // columns))
    figure = _new_figure(1.4 * columns, 1.85 * lines + 0.5)
    first = f", the first {most}" if len(wrong) > most else ""
    figure.suptitle(f"{title}: {len(wrong):,} of {len(labels):,}{first}")
    for place, index in enumerate(shown):
        axes = figure.add_subplot(lines, columns, place + 1, xticks=[], yticks=[])
        axes.imshow(np.asarray(images[index])[0], cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(f"is {class_names[labels[index]]}", fontsize="small", color=GREEN)
        axes.set_xlabel(f"taken for {class_names[predicted[index]]}", fontsize="small", color="#b3202c")
    return figure


def _strips(network: Sequential, image: Array) -> list[tuple[str, Array, dict[str, Any]]]:
    """Return lines of small pictures: a name, the pictures (K, rows, columns) and how to colour them."""
    grey: dict[str, Any] = {"cmap": "gray_r"}
    strips: list[tuple[str, Array, dict[str, Any]]] = [("image", image[0, :1], grey)]
    for index, (layer, output) in enumerate(network.trace(image)):
        if isinstance(layer, Flatten):
            break
        if isinstance(layer, Conv2D) and len(strips) == 1:
            kernels = layer.weight.value[:, 0]
            strips.append(("kernel" if len(kernels) == 1 else "kernels", kernels, _signed(kernels)))
        if output.ndim == 4:
            maps = output[0].copy()
            strips.append((f"{index} {type(layer).__name__}", maps, _signed(maps)))
    if len(strips) == 1:
        raise ShapeError("plot_feature_maps needs a network with a Conv2D layer before its Flatten()")
    return strips


def _side_by_side(maps: Array) -> Array:
    """Return pictures (K, rows, columns) as one, with gaps of NaN, which is drawn as nothing."""
    count, rows, columns = maps.shape
    # Each pixel becomes several, so that gaps between small pictures are narrower than their pixels.
    fine = max(1, 24 // columns)
    gap = max(1, columns * fine // 24)
    joined = np.full((rows * fine, count * (columns * fine + gap) - gap), np.nan)
    for index, picture in enumerate(maps):
        start = index * (columns * fine + gap)
        joined[:, start : start + columns * fine] = picture.repeat(fine, axis=0).repeat(fine, axis=1)
    return joined


def _signed(values: Array) -> dict[str, Any]:
    """Return colours in which white is 0, red is positive and blue is negative."""
    largest = float(np.abs(values).max()) or 1.0
    return {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest}


def _check_shapes(network: Sequential, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> None:
    if network.input_shape != input_shape or network.output_shape != output_shape:
        raise ShapeError(
            f"the picture needs a network from {input_shape} to {output_shape}, "
            f"got one from {network.input_shape} to {network.output_shape}"
        )


def _new_figure(width: float, height: float) -> Any:
    """Return a figure of a size in inches, laid out so that nothing overlaps."""
    try:
        module = importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise ImportError(f'pictures need matplotlib: pip install "nnfs-cython[report]" ({error})') from error
    return module.Figure(figsize=(width, height), dpi=110, layout="constrained")
