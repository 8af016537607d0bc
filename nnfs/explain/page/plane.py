"""What a network says at each point of the plane in which samples of two numbers lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...losses import BinaryCrossEntropy, CrossEntropy
from ...network.facts import Facts
from ...network.network import Network
from ..colours import class_colours
from ..explanation import Explanation
from ..recording import Recording

POINTS = 60
"""How many points the plane has to each side."""
MOST_DOTS = 500
"""How many samples of the data the plane shows."""


def limits_of(points: Array) -> tuple[Array, Array]:
    """Return the smallest and the largest numbers (2,) of a plane that holds points (N, 2), with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, 0.12 * (high - low), np.maximum(1.0, 0.5 * np.abs(high)))
    return low - margin, high + margin


def points_of(around: Array, labels: Array | None) -> list[list[float | int | None]]:
    """Return some of the points (N, 2), each with its class, or None where it has none."""
    chosen = np.linspace(0, len(around) - 1, min(len(around), MOST_DOTS)).astype(int)
    classes = (
        [None] * len(chosen)
        if labels is None or labels.ndim > 1 or labels.dtype.kind not in "iu"
        else labels[chosen].tolist()
    )
    shown = ([float(f"{number:.4g}") for number in row] for row in around[chosen])
    return [[*row, label] for row, label in zip(shown, classes, strict=True)]


def plane_of(explanation: Explanation, facts: Facts, around: Array | None) -> dict[str, Any] | None:
    """Return the plane with the samples of an explanation, and the network's answers in it.

    Answers are classes, each with its probability in percent, rounded down; for one score of a yes-or-no question, the
    probability of yes; for one number, this number.
    Rows go from the top down. ``around`` are points (N, 2) that the plane holds too; without them it reaches equally
    far from 0 to all sides, at least to 2.
    Returns None for networks of other inputs, and for several outputs that are no scores of classes.
    """
    network, samples = explanation.network, explanation.x
    outputs = network.output_shape[0] if len(network.output_shape) == 1 else 0
    classes = outputs if outputs > 1 and isinstance(network.loss, CrossEntropy | None) else 0
    if network.input_shape != (2,) or not (classes or outputs == 1):
        return None
    is_yes_or_no = outputs == 1 and isinstance(network.loss, BinaryCrossEntropy)
    if around is None:
        reach = max(2.0, float(np.abs(samples).max()))
        around = np.array([[-reach, -reach], [reach, reach]])
    low, high = limits_of(np.concatenate([samples, around], axis=0))
    count = 2 if is_yes_or_no else classes
    labels = explanation.y if count and explanation.y is not None else [None] * len(samples)
    return {
        "low": low.tolist(),
        "high": high.tolist(),
        "at": samples.tolist(),
        "size": POINTS,
        "kind": "probability" if is_yes_or_no else "class" if classes else "number",
        **_answers(network, low, high),
        "classes": [facts.class_names[k] if k < len(facts.class_names) else f"class {k}" for k in range(count)],
        "colours": class_colours(count) if count else [],
        "labels": [None if label is None else int(np.ravel(label)[0]) for label in labels],
    }


def _answers(network: Network, low: Array, high: Array) -> dict[str, list[int] | list[float] | None]:
    """Return the answer at each point, and for classes how probable each is, in percent."""
    across, up = (np.linspace(low[axis], high[axis], POINTS) for axis in (0, 1))
    points = np.stack([np.tile(across, POINTS), np.repeat(up[::-1], POINTS)], axis=1).astype(network.dtype)
    outputs = Recording(network).network.predict(points)
    loss = network.loss
    if outputs.shape[1] > 1:
        answers = list(map(int, outputs.argmax(axis=1)))
        if not isinstance(loss, CrossEntropy):
            return {"answers": answers, "percent": None}
        with np.errstate(all="ignore"):
            sure = 100 * loss.probabilities(outputs).max(axis=1)
        return {"answers": answers, "percent": np.nan_to_num(sure).astype(int).tolist()}
    numbers = loss.probabilities(outputs)[:, 1] if isinstance(loss, BinaryCrossEntropy) else outputs[:, 0]
    return {
        "answers": [float(f"{number:.3g}") for number in np.where(np.isfinite(numbers), numbers, 0)],
        "percent": None,
    }
