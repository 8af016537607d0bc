"""Code that all plots share: colours, a new figure, and checks of arguments."""

from __future__ import annotations

import functools
import importlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, ShapeError
from ..explain.colours import BLUE as BLUE
from ..explain.colours import RED as RED
from ..sequential import Sequential

ORANGE, GREEN, GREY = "#e07b00", "#2a8c4a", "#666666"
COLOURS = (BLUE, ORANGE, GREEN)
LINES = [(BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (RED, ":"), (GREY, (0, (6, 2, 1, 2, 1, 2)))]
MARKERS = "os^Dv<>"
CURVES: list[dict[str, Any]] = [
    {"color": LINES[number % 5][0], "linestyle": LINES[number % 5][1], "marker": MARKERS[number % 7]}
    for number in range(35)
]
"""The looks of the curves of a plot, in turns: they can be told apart without colour."""
POINTS = 300
"""The number of points along an axis at which a network is evaluated."""


def new_figure(width: float, height: float) -> Any:
    """Return a new matplotlib figure, which a notebook shows; its size is in inches, and its parts do not overlap.

    Raises ImportError, with the line to install it, when matplotlib is missing.
    """
    try:
        module = importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise ImportError(f'pictures need matplotlib: pip install "nnfs-cython[report]" ({error})') from error
    figure = module.Figure(figsize=(width, height), dpi=110, layout="constrained")
    figure._repr_png_ = functools.partial(_as_png, figure)  # by which a notebook shows it, without pyplot
    return figure


def _as_png(figure: Any) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def set_log_scale(axes: Any) -> None:
    """Give a plot a logarithmic y axis, with plain numbers at 1, 2, 5, 10, ... or, over many of them, powers of ten."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    ticker = importlib.import_module("matplotlib.ticker")
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1.0,) if high > 1e3 * low else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())


def check_shapes(network: Sequential, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> None:
    """Raise ShapeError unless a network has the input shape and the output shape that a plot needs."""
    if network.input_shape != input_shape or network.output_shape != output_shape:
        raise ShapeError(
            f"the picture needs a network from {input_shape} to {output_shape}, "
            f"got one from {network.input_shape} to {network.output_shape}"
        )


def as_classes(labels: Any, samples: int, classes: int, argument: str) -> Array:
    """Return labels as a new int64 array (N,), given whole numbers (N,) or (N, 1) from 0 to ``classes`` - 1.

    ``samples`` is N. Raises ShapeError, DTypeError or ValueError, which names ``argument``, for anything else.
    """
    found = np.asarray(labels)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.shape != (samples,):
        raise ShapeError(f"{argument} must have shape ({samples},), one class a sample, got {found.shape}")
    if found.dtype.kind not in "biuf":
        raise DTypeError(
            f"{argument} must hold the numbers of classes, got {found.dtype}; write the place of each in class_names"
        )
    wrong = np.flatnonzero(~np.isin(found, np.arange(classes)))
    if len(wrong):
        raise ValueError(
            f"{argument}[{wrong[0]}] is {found[wrong[0]]}, wanted a class from 0 to {classes - 1}, one of those "
            "that the picture has names or colours for"
        )
    return found.astype(np.int64)


def as_names(class_names: Sequence[str] | None, classes: int) -> list[str]:
    """Return a name for each class, "class 0" and so on by default; raise ShapeError for too many or too few names."""
    if class_names is None:
        return [f"class {number}" for number in range(classes)]
    if isinstance(class_names, str) or len(class_names) != classes:
        raise ShapeError(f"class_names must be a list of {classes} names, one a class, got {class_names!r}")
    return [str(name) for name in class_names]
