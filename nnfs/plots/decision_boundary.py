"""The plot of the class that a network predicts at each point of the plane, and of the decision boundary."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import as_batch, check_finite
from ..arguments.hyperparameters import as_number
from ..errors import ShapeError, UnsupportedError
from ..explain.colours import class_colours
from ..explain.page.plane import limits_of
from ..layers import Sigmoid
from ..losses import BinaryCrossEntropy, CrossEntropy
from ..sequential import Sequential
from ..system.floating_point import quietly
from .figure import POINTS, as_classes, as_names, check_shapes, new_figure
from .svg import literal

MARKERS = "os^Dv<>pX*"
MOST_LETTERS = 40
"""How long a name may be in the picture."""


@quietly
def plot_decision_boundary(
    network: Sequential,
    x: Any,
    labels: Any,
    *,
    threshold: float | None = None,
    class_names: Sequence[str] | None = None,
    title: str = "Decision boundary",
) -> Any:
    """Draw the class that a network predicts at each point of the plane, the decision boundary, and labelled points.

    For a network with one output, the boundary is where the output crosses the threshold. For one score for each class,
    it is where another class gets the largest score.

    Parameters
    ----------
    network : Sequential
        A network with two inputs, and with one output or one score for each class.
    x : array (N, 2)
        The points; not modified.
    labels : array (N,)
        The class of each point: 0 or 1, or 0 to K - 1.
    threshold : float or None
        For one output: a larger output means class 1. None takes the threshold of the loss that the network was trained
        with: 0 for the logits of binary cross-entropy, which is a probability of 1/2, and 0.5 for other losses. It is
        also 0.5 for an untrained network that ends in Sigmoid.
    class_names : list of str or None
        A name for each class. None takes those of ``network.facts``, which also name the axes, and else numbers.
    title : str
        The title of the plot.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        For points or a network of other shapes.
    ValueError
        For labels that are no classes, and for an untrained network with one output and no threshold.
    UnsupportedError
        For a network whose several outputs are no scores of classes.
    """
    if len(network.output_shape) != 1:
        check_shapes(network, (2,), (1,))
    check_shapes(network, (2,), network.output_shape)
    x = as_batch(x, (2,), network.dtype)
    if not len(x):
        raise ShapeError("plot_decision_boundary: x has no rows; at least one point is needed")
    check_finite(x, "x")
    scores = network.output_shape[0]
    classes = max(scores, 2)
    labels = as_classes(labels, len(x), classes, "labels")
    names = _known_names(network, classes) if class_names is None else as_names(class_names, classes)
    level = _threshold(network, threshold) if scores == 1 else 0.0
    if scores > 1:
        _check_scores(network, threshold)

    low, high = limits_of(x)
    columns, rows = (np.linspace(low[axis], high[axis], POINTS, dtype=network.dtype) for axis in (0, 1))
    plane = np.stack(np.meshgrid(columns, rows), axis=-1)
    outputs = network.predict(plane.reshape(-1, 2)).reshape(*plane.shape[:2], scores)

    figure = new_figure(7.6, 4.8)
    across, up = [literal(column[:MOST_LETTERS]) for column in network.facts.columns] or ["x[0]", "x[1]"]
    width, height = high - low
    aspect = "equal" if 1 / 4 < width / height < 4 else "auto"  # columns of unlike units would be a line
    axes = figure.add_subplot(title=title, xlabel=across, ylabel=up, aspect=aspect)
    colours = class_colours(classes)
    style = {"alpha": 0.55, "rasterized": True}
    if scores == 1:
        shown, middle, what = _shown(network, outputs[:, :, 0], level, names[1])
        reach = 0.5 if middle == 0.5 else float(np.abs(shown - middle).max()) or 1.0
        limits = {"vmin": middle - reach, "vmax": middle + reach}
        picture = axes.pcolormesh(columns, rows, shown, cmap="RdBu_r", **limits, **style)
        figure.colorbar(picture, ax=axes, label=what, shrink=0.8)
        fields = [outputs[:, :, 0]]
    else:
        listed = importlib.import_module("matplotlib.colors").ListedColormap(colours)
        limits = {"vmin": -0.5, "vmax": classes - 0.5}
        axes.pcolormesh(columns, rows, outputs.argmax(axis=2), cmap=listed, **limits, **style)
        fields = [outputs[:, :, k] - np.delete(outputs, k, axis=2).max(axis=2) for k in range(classes)]
    for field in fields:
        if field.min() < level < field.max():
            axes.contour(columns, rows, field, levels=[level], colors="black", linewidths=1.5, linestyles="solid")
    for value, (name, colour) in enumerate(zip(names, colours, strict=True)):
        members = x[labels == value]
        look = {"color": colour, "markersize": 5, "markeredgecolor": "white", "label": name}
        axes.plot(members[:, 0], members[:, 1], MARKERS[value % len(MARKERS)], **look)
    axes.legend(loc="best", fontsize="small")
    return figure


def _threshold(network: Sequential, threshold: float | None) -> float:
    """Return the output above which a network with one output predicts class 1."""
    if threshold is not None:
        return as_number(threshold, "plot_decision_boundary: threshold")
    if isinstance(network.loss, BinaryCrossEntropy):
        return 0.0
    if network.loss is None and not isinstance(network.layers[-1], Sigmoid):
        raise ValueError(
            "plot_decision_boundary: the network was never trained, and no loss tells which output means class 1; "
            "write threshold=0 for logits, or threshold=0.5 for probabilities"
        )
    return 0.5


def _check_scores(network: Sequential, threshold: float | None) -> None:
    if not isinstance(network.loss, CrossEntropy | None):
        raise UnsupportedError(
            "plot_decision_boundary needs one output, or one score for each class as cross_entropy takes, got a "
            f"network of {network.output_shape[0]} outputs that was trained with {network.loss.name!r}"
        )
    if threshold is not None:
        raise ValueError(
            "plot_decision_boundary: a threshold goes with one output; several scores give the class with the largest: "
            f"leave threshold={threshold} out"
        )


def _known_names(network: Sequential, classes: int) -> list[str]:
    names = [literal(name[:MOST_LETTERS]) for name in network.facts.class_names]
    return names + as_names(None, classes)[len(names) :]


def _shown(network: Sequential, outputs: Array, level: float, name: str) -> tuple[Array, float, str]:
    """Return the numbers that are drawn as colours, the number between the two colours, and a name for the numbers.

    The numbers are probabilities for binary cross-entropy, and the outputs (rows, columns) for other losses.
    """
    if isinstance(network.loss, BinaryCrossEntropy):
        probabilities = network.loss.probabilities(outputs.reshape(-1, 1))[:, 1]
        return probabilities.reshape(outputs.shape), 0.5, f"probability of {name}"
    return outputs, level, "output"
