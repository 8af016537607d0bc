"""The page of many trainings: their table, parallel coordinates, the best runs, and what mattered."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from ..callbacks.monitor import MORE_IS_BETTER
from ..printable import four_digits
from ..runs.report.page import render
from .coordinates import parallel_coordinates
from .ranking import ranking
from .recorded import Recorded
from .result import Result

MOST = 200
"""How many runs the table shows, the best first; the file has all of them."""
VALUES = 12
"""How many values of a setting are compared, where it has no more."""


def page_of_many(recorded: Recorded) -> str:
    """Return the page as HTML; raise UnsupportedError, with the line to install it, without jinja2."""
    results, settings = recorded.results, recorded.settings
    ranked = ranking(results, settings, recorded.best)
    names = list(dict.fromkeys(name for result in results for name in settings[result.job]))
    figures = list(dict.fromkeys(name for result in results for name in result.figures))
    figures.sort(key=lambda name: name != ranked.figure)  # the one by which runs are compared is the first
    picture = parallel_coordinates(ranked.results, settings, ranked.figure)
    failed = [result for result in results if result.error is not None]
    return render(
        Path(__file__).with_name("page.html"),
        title=f"Sweep: {recorded.folder}",
        figure=ranked.figure,
        is_more_better=ranked.figure.removeprefix("val_") in MORE_IS_BETTER,
        count=len(results),
        failed=[(result.job, _texts(result, names, settings), result.error) for result in failed[:MOST]],
        failures=len(failed),
        unfinite=len(results) - len(failed) - len(ranked.results),
        names=names,
        figures=figures,
        rows=[_row(result, names, figures, settings) for result in ranked.results[:MOST]],
        ranked=len(ranked.results),
        seconds=sum(result.seconds for result in results),
        shares=list(ranked.shares.items()),
        values=[(name, _compared(name, ranked.results, settings, ranked.figure)) for name in ranked.shares],
        picture=picture,
        commands=_commands(ranked.results),
        table=os.path.join(recorded.folder, "results.csv"),
    )


def _row(
    result: Result, names: Sequence[str], figures: Sequence[str], settings: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "settings": _texts(result, names, settings),
        "figures": [four_digits(result.figures[name]) if name in result.figures else "" for name in figures],
        "seconds": four_digits(result.seconds),
        "stopped": result.stopped or "",
        "run": "" if result.run is None else os.path.basename(result.run),
    }


def _texts(result: Result, names: Sequence[str], settings: Mapping[int, Mapping[str, Any]]) -> list[str]:
    own = settings[result.job]
    return [four_digits(own[name]) if isinstance(own.get(name), float) else str(own.get(name, "")) for name in names]


def _compared(
    name: str, ranked: Sequence[Result], settings: Mapping[int, Mapping[str, Any]], figure: str
) -> list[tuple[str, int, str, str]]:
    """Return each value of a setting, how many runs have it, and their median and best figure; [] for many values."""
    groups: dict[Any, list[float]] = {}
    for result in ranked:
        groups.setdefault(settings[result.job].get(name, ""), []).append(result.figures[figure])
    if not 1 < len(groups) <= VALUES:
        return []
    rows = sorted(groups.items(), key=lambda item: (isinstance(item[0], str), item[0]))
    return [(str(value), len(found), four_digits(median(found)), four_digits(found[0])) for value, found in rows]


def _commands(ranked: Sequence[Result]) -> list[str]:
    if not ranked or ranked[0].run is None or not os.path.isfile(os.path.join(ranked[0].run, "config.json")):
        return []
    run = shlex.quote(ranked[0].run)
    several = " ".join(shlex.quote(result.run) for result in ranked[:3] if result.run is not None)
    return [f"nnfs report {run}", *([f"nnfs report {several}"] if len(ranked) > 1 else []), f"nnfs predict {run} DATA"]
