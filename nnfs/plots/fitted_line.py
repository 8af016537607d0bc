"""The picture of a line that a network laid through points."""

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
    """Draw points x (N, 1), y (N, 1), the line of a network with one input and one output, and its errors below.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_shapes(network, (1,), (1,))
    x, y = as_batch(x, (1,), network.dtype), as_batch(y, (1,), network.dtype, "y")
    check_same_length(x, y)
    if not len(x):
        raise ShapeError("plot_fitted_line: x has no rows; at least one point is needed")
    check_finite(x, "x")
    grid = np.linspace(x.min(), x.max(), POINTS, dtype=network.dtype)[:, None]
    figure = new_figure(7, 5.6)
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
