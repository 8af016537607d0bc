"""Curves over the epochs: of one run, training beside validation, and of several runs in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...plots.figure import CURVES, GREY, new_figure, set_log_scale
from ...plots.svg import Picture, as_svg, literal
from ...printable import four_digits
from .record import Record

OTHERS = ("seconds",)
"""Figures of an epoch that have a place of their own on the page."""
FEW = 4
"""Of more curves, the sentence below a picture has the last numbers alone."""
LEAST_SPAN = 0.1
"""How much of an accuracy an axis shows at least: on a shorter one, chance looks like progress."""
WORDS = {"learning_rate": "learning rate", "seconds": "seconds an epoch"}


class Curve(NamedTuple):
    """Hold a name, and a number for each epoch, or step, from the first one; NaN for one that is not finite."""

    name: str
    values: list[float]


class Panel(NamedTuple):
    """Hold what one picture shows: the name of its figure, curves, epochs to mark by what they are, and the x axis."""

    figure: str
    curves: list[Curve]
    marks: dict[str, list[float]]
    over: str = "epoch"


def panels_of(record: Record) -> list[Panel]:
    """Return a panel for each figure of a run's epochs: its training beside its validation.

    The learning rate has a panel of its own where it changes; see `constant_rate`. A run that ended within its first
    epoch has the loss of its steps.
    """
    if not record.epochs and record.step_losses:
        return [Panel("loss", [Curve("training", record.step_losses)], {}, "step")]
    names = list(dict.fromkeys(name for epoch in record.epochs for name in epoch))
    figures = list(dict.fromkeys(name.removeprefix("val_") for name in names))
    figures = [name for name in figures if name not in OTHERS]
    if constant_rate(record) is not None:
        figures.remove("learning_rate")
    figures.sort(key=lambda name: (name == "learning_rate", name != "loss"))
    panels = []
    for figure in figures:
        both = (("training", figure), ("validation", f"val_{figure}"))
        curves = [Curve(label, values_of(record, name)) for label, name in both if name in names]
        if figure == "learning_rate":
            curves = [Curve("learning rate", curves[0].values)]
        panels.append(Panel(figure, curves, {} if figure == "learning_rate" else marks_of(record)))
    return panels


def constant_rate(record: Record) -> float | None:
    """Return the learning rate of a run that had the same one in every epoch; None for one that changed."""
    rates = set(values_of(record, "learning_rate"))
    rate = rates.pop() if len(rates) == 1 else np.nan
    return rate if np.isfinite(rate) else None


def seconds_panel(record: Record) -> Panel | None:
    """Return the panel of the seconds of each epoch; None before the first epoch is finished."""
    return Panel("seconds", [Curve("seconds", values_of(record, "seconds"))], {}) if record.epochs else None


def values_of(record: Record, figure: str) -> list[float]:
    """Return a figure of each epoch of a run; NaN where it is missing or not finite."""
    return [np.nan if epoch.get(figure) is None else float(epoch[figure]) for epoch in record.epochs]


def marks_of(record: Record) -> dict[str, list[float]]:
    """Return the epochs at which a run has checkpoints, and the one whose weights it keeps."""
    marks = {}
    if record.steps_an_epoch and record.checkpoint_steps:
        marks["checkpoint"] = [done / record.steps_an_epoch for done in record.checkpoint_steps]
    if record.best_epoch is not None:
        marks["weights kept"] = [float(record.best_epoch)]
    elif not record.is_finished and record.epoch:
        marks["weights shown here"] = [float(record.epoch)]
    return marks


def joint_panels(records: Sequence[Record], names: Sequence[str]) -> list[Panel]:
    """Return a panel for each figure that several runs have, with a curve for each run; losses of one kind together.

    The runs have the same data: curves of others could not be compared.
    """
    found: dict[str, list[Curve]] = {}
    for record, name in zip(records, names, strict=True):
        for panel in panels_of(record) if record.epochs else []:
            for curve in panel.curves:
                rate = panel.figure == "learning_rate"
                figure = f"{record.loss_name} loss" if panel.figure == "loss" else panel.figure
                found.setdefault(figure if rate else f"{curve.name}: {figure}", []).append(Curve(name, curve.values))
    if "learning_rate" in found:  # a constant one stands beside those that change
        rates = [values_of(record, "learning_rate") for record in records]
        found["learning_rate"] = [Curve(name, rate) for name, rate in zip(names, rates, strict=True)]
    # A curve of one run alone stands in the section of the run.
    return [Panel(figure, curves, {}) for figure, curves in found.items() if len(curves) > 1]


def draw_panel(panel: Panel, name: str) -> Picture:
    """Draw the curves of a panel over the epochs."""
    figure = new_figure(4.4, 3.1)
    title = WORDS.get(panel.figure, panel.figure.replace("_", " "))
    axes = figure.add_subplot(xlabel=panel.over, ylabel=literal(title[:48]))
    lines = []
    for index, curve in enumerate(panel.curves):
        epochs = np.arange(1, len(curve.values) + 1)
        every = max(1, len(epochs) // 12)
        look = CURVES[index % len(CURVES)]
        lines += axes.plot(epochs, curve.values, linewidth=1.6, markersize=4, markevery=every, **look)
    names = [literal(curve.name) for curve in panel.curves]
    for what, places in panel.marks.items():
        if what == "checkpoint":
            look = {"marker": "^", "linestyle": "", "color": GREY, "markersize": 6, "clip_on": False}
            lines += axes.plot(places, np.zeros(len(places)), transform=axes.get_xaxis_transform(), **look)
        else:
            lines.append(axes.axvline(places[0], color=GREY, linestyle=":", linewidth=1.2))
        names.append(what)
    _set_scale(axes, panel)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.grid(True, alpha=0.3)
    if len(panel.curves) > FEW:
        axes.legend(lines, names, loc="center left", bbox_to_anchor=(1, 0.5))  # beside the curves, which it would hide
    elif len(lines) > 1:
        axes.legend(lines, names, loc="best")
    caption = describe_ends(panel) if len(panel.curves) > FEW else describe(panel)
    return Picture(as_svg(figure, name, f"Curve over {panel.over}s, {describe(panel)}"), caption)


def describe(panel: Panel) -> str:
    """Return a sentence with the first, the best and the last number of each curve."""
    title = WORDS.get(panel.figure, panel.figure.replace("_", " "))
    parts = []
    for curve in panel.curves:
        values = np.array(curve.values)
        finite = values[np.isfinite(values)]
        if not len(finite):
            parts.append(f"{curve.name}: no finite number")
            continue
        name = "" if len(panel.curves) == 1 and panel.figure in WORDS else f"{curve.name} "
        if finite.min() == finite.max():
            parts.append(f"{name}{four_digits(float(finite[0]))}")
        else:
            ends = f"{name}from {four_digits(float(finite[0]))} to {four_digits(float(finite[-1]))}"
            lowest, highest = (f"{four_digits(float(end))}" for end in (finite.min(), finite.max()))
            parts.append(f"{ends} (lowest {lowest}, highest {highest})")
    return f"{title}: {'; '.join(parts)}."


def describe_ends(panel: Panel) -> str:
    """Return a sentence with the last number of each curve."""
    title = WORDS.get(panel.figure, panel.figure.replace("_", " "))
    ends = [f"{curve.name} {four_digits(curve.values[-1])}" for curve in panel.curves]
    return f"{title}, in the last epoch of each run: {'; '.join(ends)}."


def _set_scale(axes: Any, panel: Panel) -> None:
    """Take a logarithmic scale for positive numbers that lie far apart, and the whole height for few numbers.

    Of an accuracy no less than `LEAST_SPAN` is shown.
    """
    values = np.concatenate([curve.values for curve in panel.curves])
    finite = values[np.isfinite(values)]
    if panel.figure.endswith("loss") and len(finite) and finite.min() > 0 and finite.max() > 20 * finite.min():
        set_log_scale(axes)
    elif panel.figure in ("seconds", "learning_rate") and len(finite):
        axes.set_ylim(0, 1.1 * float(finite.max()) or 1.0)
    elif "accuracy" in panel.figure and len(finite) and np.ptp(finite) < LEAST_SPAN:
        middle = float(np.clip((finite.min() + finite.max()) / 2, 0.4 * LEAST_SPAN, 1 - 0.4 * LEAST_SPAN))
        axes.set_ylim(middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2)
