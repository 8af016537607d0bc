"""Predicted numbers against the right ones, with root mean squared error and r2."""

from __future__ import annotations

from typing import NamedTuple

from ..._kernels.interface import Array
from ...metrics import r2_score, root_mean_squared_error
from ...plots.figure import BLUE, GREY, new_figure
from ...plots.svg import Picture, as_svg, literal
from ...printable import four_digits
from .measured import Measured

MOST_OUTPUTS = 6
MOST_POINTS = 1500
"""More points than these are drawn as pixels, which take less space."""


class Fit(NamedTuple):
    """Hold the right and the predicted numbers of one output, and how well they fit."""

    name: str
    targets: Array
    outputs: Array
    rmse: float
    r2: float


def fits_of(measured: Measured) -> list[Fit]:
    """Return how well each output of a regression fits; [] for other networks."""
    if measured.labels is not None or measured.answers:
        return []
    fits = []
    for column, name in enumerate(measured.output_names):
        targets, outputs = measured.targets[:, column : column + 1], measured.outputs[:, column : column + 1]
        rmse = root_mean_squared_error(targets=targets, outputs=outputs)
        fits.append(Fit(name, targets[:, 0], outputs[:, 0], rmse, r2_score(targets=targets, outputs=outputs)))
    return fits


def draw_fit(fit: Fit, name: str) -> Picture:
    """Draw predicted numbers over right ones, with the line on which both are equal."""
    figure = new_figure(4.4, 4.0)
    axes = figure.add_subplot(xlabel=literal(f"target: {fit.name[:50]}"), ylabel="predicted")
    ends = [min(fit.targets.min(), fit.outputs.min()), max(fit.targets.max(), fit.outputs.max())]
    axes.plot(ends, ends, "--", color=GREY, label="predicted = target")
    look = {"color": BLUE, "alpha": 0.6, "markersize": 6, "rasterized": len(fit.targets) > MOST_POINTS}
    axes.plot(fit.targets, fit.outputs, ".", label="sample", **look)
    axes.grid(True, alpha=0.3)
    axes.legend(loc="upper left")
    caption = f"{fit.name}: RMSE {four_digits(fit.rmse)}, r2 {four_digits(fit.r2)}, {len(fit.targets):,} samples."
    alt = f"Predicted over target. {caption} Targets go from {four_digits(float(fit.targets.min()))} to " + four_digits(
        float(fit.targets.max())
    )
    return Picture(as_svg(figure, name, alt), caption)
