"""The plot of losses over the steps or the epochs of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, ShapeError
from ..system.floating_point import quietly
from ..training.history import History
from .figure import COLOURS, GREY, new_figure, set_log_scale

OF_EPOCHS = {"loss": "training (loss)", "val_loss": "validation (val_loss)"}
"""The losses among the figures of a history, and their names in the plot."""


@quietly
def plot_losses(
    curves: History | Mapping[str, Sequence[float]],
    *,
    levels: Mapping[str, float] | None = None,
    title: str = "Loss",
) -> Any:
    """Draw the losses of each epoch of a history, for training and validation, or the losses of each step.

    Losses of steps are drawn in a pale colour, and their moving mean in full colour. The scale is logarithmic if all
    losses are above 0.

    Parameters
    ----------
    curves : History, or dict of lists of float
        The result of ``fit``, or a ``dict`` of it: the losses of its epochs are drawn. Or lists of losses, one for each
        step, by the name of the curve: ``{"adam": history.step_losses}``.
    levels : dict of float or None
        Losses that are marked by a horizontal line, by name.
    title : str
        The title of the plot.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DTypeError
        For curves without names.
    ShapeError
        For no curve, a curve without a loss, and a curve that is not (N,).
    """
    if not isinstance(curves, Mapping):
        raise DTypeError(
            'plot_losses takes a history, or losses by name: plot_losses({"loss": history.step_losses}); '
            f"got {type(curves).__name__}"
        )
    # Only a history has the seconds and the learning rate of each epoch.
    is_of_epochs = isinstance(curves, History) or {"loss", "seconds", "learning_rate"} <= curves.keys()
    if is_of_epochs:
        curves = {OF_EPOCHS[name]: curves[name] for name in OF_EPOCHS if name in curves}
    if not curves:
        raise ShapeError("plot_losses: there is no loss to draw: the history has no epoch, or the dict no curve")
    values = {name: _as_losses(losses, name) for name, losses in curves.items()}
    levels = levels or {}
    is_positive = all((losses[np.isfinite(losses)] > 0).all() for losses in values.values())
    figure = new_figure(8, 4.8)
    axes = figure.add_subplot(title=title)
    draw = _draw_epochs if is_of_epochs else _draw_steps
    for index, (name, losses) in enumerate(values.items()):
        # Equal curves hide each other, so all curves after the first are dashed.
        style: dict[str, Any] = {"linewidth": 2} if index == 0 else {"linewidth": 1.5, "linestyle": (0, (4, 4))}
        draw(axes, name, losses, is_first=index == 0, style={"color": COLOURS[index % len(COLOURS)], **style})
    for index, (name, level) in enumerate(levels.items()):
        axes.axhline(
            level, label=f"{name}: {level:.4g}", color=GREY, linewidth=1.2, linestyle=("-.", ":", "--")[index % 3]
        )
    if is_positive and min(levels.values(), default=1) > 0:
        set_log_scale(axes)
    axes.grid(True, which="major", alpha=0.3)
    axes.legend(loc="upper right", fontsize="small")
    return figure


def _draw_epochs(axes: Any, name: str, losses: Array, *, is_first: bool, style: dict[str, Any]) -> None:
    marker = "." if len(losses) < 40 else ""
    axes.plot(np.arange(1, len(losses) + 1), losses, marker=marker, markersize=7, label=name, **style)
    axes.set(xlabel="epoch", ylabel="mean loss of the epoch")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)


def _draw_steps(axes: Any, name: str, losses: Array, *, is_first: bool, style: dict[str, Any]) -> None:
    window = max(1, len(losses) // 50)
    if is_first:
        axes.plot(losses, color=style["color"], alpha=0.25, linewidth=0.6)
    mean = np.convolve(losses, np.full(window, 1 / window), "valid")
    mean_name = f"{name} (mean of {window} steps)" if window > 1 else name
    axes.plot(np.arange(len(mean)) + (window - 1) / 2, mean, label=mean_name, **style)
    axes.set(xlabel="step", ylabel="loss of the batch")


def _as_losses(losses: Any, name: str) -> Array:
    try:
        values = np.asarray(losses, np.float64)
    except (TypeError, ValueError):
        raise DTypeError(
            f"plot_losses: {name!r} must hold losses, numbers in an array (N,), got {type(losses).__name__}; for a "
            "history, write history.step_losses, or the history itself"
        ) from None
    if values.ndim != 1 or not len(values):
        raise ShapeError(f"plot_losses: {name!r} must hold at least one loss, in an array (N,), got {values.shape}")
    return values
