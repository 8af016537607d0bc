"""Parallel coordinates: an axis for each setting and for the figure, and a line for each run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..printable import cut, four_digits
from .result import Result

WIDTH, HEIGHT, TOP, BOTTOM = 150, 300, 44, 22
"""Of the space of an axis, the axes, what is above them and below, in units of the picture."""
MOST = 400
"""How many runs have a line: the best ones."""
SEVERAL = 6
"""How many values, none of them equal in several runs, an axis of numbers may have before it becomes a scale."""
LOGARITHMIC = 20.0
"""From which ratio of the ends on the scale of positive numbers is logarithmic."""


class Axis(NamedTuple):
    """An axis: its name, where it stands, its ticks (height, text), and the height of each run on it, or None."""

    name: str
    x: float
    ticks: list[tuple[float, str]]
    heights: list[float | None]
    note: str


class Line(NamedTuple):
    """The line of a run: points as SVG writes them, a text, and how good it is: 1 the best, 0 the worst."""

    points: str
    text: str
    goodness: float


class Picture(NamedTuple):
    """Parallel coordinates, ready for a template."""

    width: float
    height: float
    axes: list[Axis]
    lines: list[Line]


def parallel_coordinates(
    ranked: Sequence[Result], settings: Mapping[int, Mapping[str, Any]], figure: str
) -> Picture | None:
    """Return the picture of runs, the best first; None for fewer than two, or where no setting differs."""
    ranked = ranked[:MOST]
    names = list(dict.fromkeys(name for result in ranked for name in settings[result.job]))
    columns = {name: [settings[result.job].get(name) for result in ranked] for name in names}
    columns = {name: values for name, values in columns.items() if len(set(map(str, values))) > 1}
    if len(ranked) < 2 or not columns:
        return None
    columns[figure] = [result.figures[figure] for result in ranked]
    axes = [_axis(name, WIDTH * (index + 0.5), values) for index, (name, values) in enumerate(columns.items())]
    lines = []
    for index, result in enumerate(ranked):
        points = [(axis.x, height) for axis in axes if (height := axis.heights[index]) is not None]
        about = ", ".join(f"{name} {settings[result.job][name]}" for name in names if name in settings[result.job])
        text = f"{figure} {four_digits(result.figures[figure])}: {about}"
        lines.append(Line(" ".join(f"{x:g},{y:.1f}" for x, y in points), text, 1 - index / (len(ranked) - 1)))
    return Picture(WIDTH * len(axes), HEIGHT + TOP + BOTTOM, axes, lines[::-1])  # the best one is drawn last


def _axis(name: str, x: float, values: Sequence[Any]) -> Axis:
    known = [value for value in values if value is not None]
    distinct = list(dict.fromkeys(known))
    if all(isinstance(value, int | float) for value in known) and len(distinct) > SEVERAL:
        low, high = min(known), max(known)
        is_log = low > 0 and high / low >= LOGARITHMIC
        scale = math.log if is_log else float
        ends = scale(low), scale(high)
        heights = [
            None if value is None else _height((scale(value) - ends[0]) / (ends[1] - ends[0])) for value in values
        ]
        middle = math.sqrt(low * high) if is_log else (low + high) / 2
        ticks = [(_height(0.0), four_digits(low)), (_height(0.5), f"{middle:.3g}"), (_height(1.0), four_digits(high))]
        return Axis(name, x, ticks, heights, "logarithmic" if is_log else "")
    distinct.sort(key=lambda value: (isinstance(value, str), value))
    places = {value: (index + 0.5) / len(distinct) for index, value in enumerate(distinct)}
    ticks = [(_height(place), cut(_text(value), 16)) for value, place in places.items()]
    every = -(-len(ticks) // 16)
    return Axis(name, x, ticks[::every], [None if value is None else _height(places[value]) for value in values], "")


def _height(share: float) -> float:
    return round(TOP + HEIGHT * (1 - share), 1)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else four_digits(value)
