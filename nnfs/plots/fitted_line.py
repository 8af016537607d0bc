"""The plot of a line that a network fitted to points."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments.arrays import as_batch, check_finite, check_same_length
from ..errors import ShapeError
from ..sequential import Sequential
from ..system.floating_point import quietly
from .figure import BLUE, ORANGE, POINTS, check_shapes, new_figure


@quietly
def plot_fitted_line(
    network: Sequential, x: Any, y: Any, *, title: str = "Fitted line", labels: tuple[str, str] = ("x", "y")
) -> Any:
    """Draw points, the line of a network with one input and one output, and below them the errors of the line.

    Parameters
    ----------
    network : Sequential
        A network with one input and one output.
    x, y : array (N, 1)
        The points; not modified.
    title : str
        The title of the plot.
    labels : (str, str)
        The names of the two axes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError, DTypeError, NumericError
        For a network or points of other shapes or dtypes, no points, and an x that is not finite.
    """
    check_shapes(network, (1,), (1,))
    x, y = as_batch(x, (1,), network.dtype), as_batch(y, (1,), network.dtype, "y")
    check_same_length(x, y)
    if not len(x):
        raise ShapeError("plot_fitted_line: x has no rows; at least one point is needed")
    check_finite(x, "x")
    grid = np.linspace(x.min(), x.max(), POINTS, dtype=network.dtype)[:, None]
    figure = new_figure(7, 5.6)
    # A line that fits well hides the points, so the errors are drawn again below, on another scale.
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
