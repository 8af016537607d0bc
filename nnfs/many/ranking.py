"""The results of a sweep in the order of their figure, and what mattered for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..callbacks.monitor import MORE_IS_BETTER
from .importance import importance
from .result import Result


class Ranking(NamedTuple):
    """The results of a sweep.

    Attributes
    ----------
    figure : str
        The figure by which runs are compared: the one that was asked for, or ``loss`` where no run has that.
    results : list of Result
        Those that have the figure, the best first.
    shares : dict
        What each setting explains, see `importance`.
    """

    figure: str
    results: list[Result]
    shares: dict[str, float]


def ranking(results: Sequence[Result], settings: Mapping[int, Mapping[str, Any]], best: str) -> Ranking:
    """Return the ranking of results by the figure ``best``; failed ones, and those not finite, are left out."""
    figure = best if any(best in result.figures for result in results) else "loss"
    sign = -1 if figure.removeprefix("val_") in MORE_IS_BETTER else 1
    found = [result for result in results if result.figures.get(figure) is not None]
    found.sort(key=lambda result: (sign * result.figures[figure], result.job))
    shares = importance([settings[result.job] for result in found], [result.figures[figure] for result in found])
    return Ranking(figure, found, shares)
