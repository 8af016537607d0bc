"""The samples that a network got most wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...printable import four_digits
from .measured import Measured
from .pixels import as_png, first_channels, range_of

MOST = 12
MOST_COLUMNS = 8


def mistake_facts(measured: Measured) -> dict[str, Any]:
    """Return the samples that a network got most wrong, the worst one first, for the page.

    Of classes these are the samples whose right class has the smallest probability, of yes-or-no answers those whose
    answers are furthest off in the mean, and of numbers those with the largest squared error.

    Returns
    -------
    dict
        - ``samples``: a dict each, with ``name``, ``index``, ``number`` (in its part of the data), ``right``,
          ``predicted``, ``probabilities`` (the three most probable classes with their probabilities), ``image``
          (address of a PNG, or None) and ``values`` (the numbers of the first columns, as texts).
        - ``columns``: the names of these columns; [] for images.
        - ``heads``: the names of what stands before them in a table.
        - ``all_right``: whether none of them is wrong, so that they are those it was least sure of.
    """
    errors = errors_of(measured)
    worst = np.argsort(-errors, kind="stable")[:MOST]
    all_right = False
    if measured.labels is not None and measured.probabilities is not None:
        is_wrong = measured.probabilities.argmax(axis=1) != measured.labels
        all_right = not is_wrong.any()
        if not all_right:
            worst = worst[is_wrong[worst]]
    is_image = measured.x.ndim == 4
    low, high = range_of(measured.x[worst]) if is_image else (0.0, 1.0)
    columns = [] if is_image else _columns(measured)
    samples = []
    for index in map(int, worst):
        image = as_png(first_channels(measured.x[index]), low, high) if is_image else None
        row = measured.x[index].ravel()[: len(columns)]
        about = {
            "name": measured.name_of(index),
            "index": index,
            "number": _number(measured, index),
            "image": image,
            "error": float(errors[index]),
        }
        samples.append(about | _answers(measured, index) | {"values": [four_digits(float(value)) for value in row]})
    facts = {"samples": samples, "columns": columns, "all_right": all_right, "width": measured.x[0].size}
    return facts | {"heads": ["sample", *_heads(measured)]}


def _number(measured: Measured, index: int) -> int:
    return int(measured.numbers[index]) if len(measured.numbers) else index


def _heads(measured: Measured) -> list[str]:
    if measured.labels is not None:
        return ["is", "predicted", "probabilities"]
    if measured.answers:
        return ["wrong answers, with the probability of yes"]
    return ["target", "predicted", "squared error"]


def errors_of(measured: Measured) -> Any:
    """Return how wrong a network is on each sample, (N,): a number that is larger for a worse sample."""
    if measured.labels is not None and measured.probabilities is not None:
        return 1 - measured.probabilities[np.arange(len(measured.labels)), measured.labels]
    return np.square(measured.outputs - measured.targets).mean(axis=1)


def _columns(measured: Measured) -> list[str]:
    count = measured.x[0].size
    names = measured.columns or [f"x[{number}]" for number in range(count)]
    return names[:MOST_COLUMNS]


def _answers(measured: Measured, index: int) -> dict[str, Any]:
    if measured.labels is not None and measured.probabilities is not None:
        chances, names = measured.probabilities[index], measured.class_names
        right = int(measured.labels[index])
        first = [int(k) for k in np.argsort(-chances, kind="stable")[:3]]
        shown = first if right in first else [*first, right]
        return {
            "right": names[right],
            "predicted": names[first[0]],
            "probabilities": [(names[k], percent(float(chances[k]))) for k in shown],
        }
    if measured.answers:
        pairs = zip(measured.output_names, measured.targets[index], measured.outputs[index], strict=True)
        wrong = [(name, yes) for name, target, yes in pairs if (yes > 0.5) != (target > 0.5)]
        said = [(name, percent(float(yes))) for name, yes in wrong[:MOST_COLUMNS]]
        return {"right": "", "predicted": "", "probabilities": said}
    outputs = slice(MOST_COLUMNS)
    return {
        "right": ", ".join(four_digits(float(target)) for target in measured.targets[index, outputs]),
        "predicted": ", ".join(four_digits(float(output)) for output in measured.outputs[index, outputs]),
        "probabilities": [],
    }


def percent(share: float) -> str:
    """Return a probability as a percentage; one that is not quite 0 or 1 never looks like it."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return ">99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"
