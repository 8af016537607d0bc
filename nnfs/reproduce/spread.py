"""The results of ``nnfs reproduce`` for several seeds as a text table: mean, spread and worst figure of each task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import mean, stdev

from ..printable import four_digits
from .aligned import MISSING, Column, aligned, percent
from .row import Row


def spread_table(rows: Sequence[Row]) -> str:
    """Return a text table with one line for each task, which sums up the rows of all seeds.

    Rows without a loss are left out. The spread is the standard deviation with the divisor N - 1. The worst loss is the
    largest, and the worst accuracy is the smallest. The text does not end in a newline.
    """
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        if row.loss is not None:
            tasks.setdefault(row.task, []).append(row)
    columns: list[Column[list[Row]]] = [
        ("", "task", lambda group: group[0].task),
        ("", "seeds", lambda group: str(len(group))),
        ("published", "loss", lambda group: four_digits(group[0].published_loss)),
        ("published", "accuracy", lambda group: percent(group[0].published_accuracy)),
        *_columns("loss on the test part", lambda row: row.loss, four_digits, max),
        *_columns("accuracy", lambda row: row.accuracy, percent, min),
        ("", "better", lambda group: f"{sum(row.beats_published is True for row in group)} of {len(group)}"),
    ]
    return aligned(list(tasks.values()), columns)


def _columns(
    group: str,
    figure: Callable[[Row], float | None],
    show: Callable[[float], str],
    worst: Callable[[list[float]], float],
) -> list[Column[list[Row]]]:
    def column(heading: str, summary: Callable[[list[float]], float]) -> Column[list[Row]]:
        def cell(rows: list[Row]) -> str:
            values = [value for row in rows if (value := figure(row)) is not None]
            return show(summary(values)) if values else MISSING

        return group, heading, cell

    return [
        column("mean", mean),
        column("spread", lambda values: stdev(values) if len(values) > 1 else 0.0),
        column("worst", worst),
    ]
