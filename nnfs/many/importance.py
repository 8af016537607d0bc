"""What mattered in a sweep: how much of a figure each setting explains by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

GROUPS = 4
"""Into how many groups of equal size numbers fall that are mostly different."""


def importance(settings: Sequence[Mapping[str, Any]], figures: Sequence[float]) -> dict[str, float]:
    r"""Return for each setting the share of the figure's variance that it explains alone, the largest first.

    The figures are replaced by their ranks, so that a run whose loss went far up counts as the last one and no more.
    Runs with one value of a setting are a group. With :math:`n` runs in :math:`k` groups, the share is

    .. math:: \varepsilon^2 = 1 - \frac{\sum_{g} \sum_{i \in g} (r_i - \bar r_g)^2 / (n - k)}
                                      {\sum_i (r_i - \bar r)^2 / (n - 1)},

    which is 0 on average for a setting that does nothing, and here no less. What settings do only together, no share
    tells. Source: T. L. Kelley, An unbiased correlation ratio measure, PNAS 21 (1935).

    Parameters
    ----------
    settings : list of dict
        The settings of each run that has a figure.
    figures : list of float
        The figure of each.

    Returns
    -------
    dict
        Shares from 0 to 1; a setting with one value, or with one for each run that is no number, has none.
    """
    ranks = _ranks(np.asarray(figures, np.float64))
    shares: dict[str, float] = {}
    for name in dict.fromkeys(name for one in settings for name in one):
        groups = _groups([one.get(name) for one in settings])
        count, total = len(set(groups)), float(((ranks - ranks.mean()) ** 2).sum()) if len(ranks) else 0.0
        if not 1 < count < len(groups) or total == 0:
            continue
        within = sum(float(((ranks[groups == g] - ranks[groups == g].mean()) ** 2).sum()) for g in set(groups.tolist()))
        shares[name] = max(0.0, 1 - within / (len(groups) - count) / (total / (len(groups) - 1)))
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _ranks(values: Any) -> Any:
    """Return the rank of each number; equal ones share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places]


def _groups(values: Sequence[Any]) -> Any:
    """Return the number of the group of each value."""
    names = [json.dumps(value, sort_keys=True) for value in values]
    _, groups = np.unique(names, return_inverse=True)
    are_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if are_numbers and len(set(names)) > max(GROUPS, len(names) // 2):
        order = np.argsort(np.argsort(np.asarray(values, np.float64), kind="stable"), kind="stable")
        return order * min(GROUPS, len(names) // 2) // len(names)
    return groups
