"""What a network predicts for every input, where a sample is one number or two: a fitted line, a decision boundary."""

from __future__ import annotations

from typing import Any

from ...plots import plot_decision_boundary, plot_fitted_line
from ...plots.svg import Picture, as_svg, literal
from ...printable import four_digits
from ...sequential import Sequential
from .measured import Measured
from .regression import fits_of


def draw_plane(network: Sequential, measured: Measured, name: str) -> list[Picture]:
    """Return the picture of a network that classifies points of the plane, or fits a line; [] for other networks."""
    if network.input_shape == (2,) and measured.labels is not None and len(network.output_shape) == 1:
        figure = plot_decision_boundary(network, measured.x, measured.labels, title="")
        return [as_picture(figure, (4.8, 3.6), name, f"The decision boundary, with the {measured.about}.")]
    if network.input_shape == network.output_shape == (1,) and (fits := fits_of(measured)):
        labels = (literal(measured.columns[0][:40] if measured.columns else "x[0]"), literal(fits[0].name[:40]))
        figure = plot_fitted_line(network, measured.x, measured.targets.astype(network.dtype), title="", labels=labels)
        caption = f"The fitted line, with the {measured.about}: RMSE {four_digits(fits[0].rmse)}."
        return [as_picture(figure, (4.8, 4.2), name, caption)]
    return []


def as_picture(figure: Any, size: tuple[float, float], name: str, caption: str) -> Picture:
    """Return a figure of `nnfs.plots` in the size of the page's other pictures, so that its letters are as large."""
    figure.set_size_inches(*size)
    return Picture(as_svg(figure, name, caption), caption)
