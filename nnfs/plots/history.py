"""The plot of a history: each figure over the epochs, training beside validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, ShapeError
from ..system.floating_point import quietly
from ..training.history import History
from .figure import CURVES, GREY, new_figure

IN_A_LINE = 3
"""How many figures stand side by side."""
MARKERS = 40
"""How many marks a curve has at most."""
LEFT_OUT = ("epoch", "seconds")
VALIDATION = "val_"
"""How the name of a figure of validation begins."""


@quietly
def plot_history(history: History | Mapping[str, Sequence[float]], *, title: str = "") -> Any:
    """Draw the figures of a training over its epochs: an axis for the loss, and one for each metric.

    Training is a full line with dots, validation a dashed one with squares. The learning rate has an axis where it
    changes. The epoch whose weights `EarlyStopping` has put back is marked.

    Parameters
    ----------
    history : History, or dict of lists of float
        The result of ``fit``, or a dict of it.
    title : str
        The title above all axes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DTypeError
        For what is no history.
    ShapeError
        For a history without an epoch, and for figures of different length.
    """
    if not isinstance(history, Mapping):
        raise DTypeError(f"plot_history takes what fit returned: plot_history(history); got {type(history).__name__}")
    figures = {str(name): _as_figures(values, name) for name, values in history.items() if name not in LEFT_OUT}
    if not figures:
        raise ShapeError("plot_history: there is nothing to draw: the history has no epoch")
    if len({len(values) for values in figures.values()}) > 1:
        lengths = ", ".join(f"{name} {len(values)}" for name, values in figures.items())
        raise ShapeError(f"plot_history: every figure must have a number for each epoch, got {lengths}")
    rates = figures.get("learning_rate", np.zeros(1))
    names = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in figures))
    names = [name for name in names if name != "learning_rate" or (rates != rates[0]).any()]
    lines = -(-len(names) // IN_A_LINE)
    figure = new_figure(4.2 * min(len(names), IN_A_LINE), 3.4 * lines)
    best = getattr(history, "best_epoch", None)
    for index, name in enumerate(names):
        axes = figure.add_subplot(lines, min(len(names), IN_A_LINE), index + 1)
        _draw(axes, name, figures, best)
    if title:
        figure.suptitle(title)
    return figure


def _draw(axes: Any, name: str, figures: Mapping[str, Array], best: int | None) -> None:
    """Draw one figure of training and, where there is one, of validation, on an axis of its own."""
    curves = ((name, "training", CURVES[0]), (VALIDATION + name, "validation", CURVES[1]))
    for figure, label, look in curves:
        if figure in figures:
            values = figures[figure]
            every = -(-len(values) // MARKERS)
            style = look | {"linewidth": 1.6, "markersize": 4, "markevery": every}
            axes.plot(np.arange(1, len(values) + 1), values, label=label, **style)
    if best is not None:
        axes.axvline(best, color=GREY, linewidth=1.2, linestyle=":", label=f"weights of epoch {best}")
    axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.grid(True, which="major", alpha=0.3)
    if name != "learning_rate" or best is not None:
        axes.legend(fontsize="small")


def _as_figures(values: Any, name: str) -> Array:
    try:
        figures = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise DTypeError(f"plot_history: {name!r} must hold a number for each epoch, got {values!r}") from None
    if figures.ndim != 1 or not len(figures):
        raise ShapeError(f"plot_history: {name!r} must hold a number for each epoch, got an array {figures.shape}")
    return figures
