"""Calibration: whether a network is right as often as its probabilities say."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..._kernels.interface import Array
from ...plots.figure import BLUE, GREY, ORANGE, new_figure
from ...plots.svg import Picture, as_svg
from .measured import Measured

BINS = 10


class Calibration(NamedTuple):
    """Hold for each tenth of confidence how many predictions it has, and how many of them are right.

    Attributes
    ----------
    counts : ndarray of int (10,)
    confidence, accuracy : ndarray of float (10,)
        The mean probability of the predicted class, and the share that is right; NaN in an empty bin.
    error : float
        The expected calibration error: sum over bins of count / N * abs(accuracy - confidence).
    """

    counts: Array
    confidence: Array
    accuracy: Array
    error: float


def calibration_of(confidence: Array, is_right: Array) -> Calibration:
    """Return the calibration of N predictions, given the probability of each, from 0 to 1, and whether it is right.

    Bin b of 10 has the probabilities from b / 10 to below (b + 1) / 10, and the last one also 1.

    Source: Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015.
    """
    places = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(places, confidence, BINS) / counts
        accuracy = np.bincount(places, is_right, BINS) / counts
    share = counts / max(1, len(places))
    return Calibration(counts, mean, accuracy, float(np.nansum(share * np.abs(accuracy - mean))))


def calibration_of_measured(measured: Measured) -> Calibration | None:
    """Return the calibration of a classification, or of yes-or-no answers taken together; None for a regression."""
    if measured.answers:
        yes = measured.outputs
        return calibration_of(np.maximum(yes, 1 - yes).ravel(), ((yes > 0.5) == (measured.targets > 0.5)).ravel())
    if measured.labels is None or measured.probabilities is None:
        return None
    predicted = measured.probabilities.argmax(axis=1)
    return calibration_of(measured.probabilities.max(axis=1), predicted == measured.labels)


def calibration_rows(found: Calibration) -> list[dict[str, Any]]:
    """Return the bins that are not empty, as rows of a table."""
    return [
        {
            "bin": f"{index / BINS:.1f} to {(index + 1) / BINS:.1f}",
            "count": int(found.counts[index]),
            "confidence": float(found.confidence[index]),
            "accuracy": float(found.accuracy[index]),
        }
        for index in np.flatnonzero(found.counts)
    ]


def draw_calibration(found: Calibration, name: str) -> Picture:
    """Draw the accuracy over the confidence, the diagonal on which both are equal, and the number of predictions."""
    figure = new_figure(4.4, 4.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    filled = found.counts > 0
    middles = (np.arange(BINS) + 0.5) / BINS
    above.plot([0, 1], [0, 1], "--", color=GREY, label="as sure as right")
    bars = above.bar(middles[filled], found.accuracy[filled], 0.9 / BINS, color=BLUE, alpha=0.35, edgecolor=BLUE)
    bars.set_label("share that is right")
    above.plot(
        found.confidence[filled],
        found.accuracy[filled],
        "D",
        color=ORANGE,
        label="at the mean probability",
        clip_on=False,
    )
    above.set(ylabel="share that is right", ylim=(0, 1.05), xlim=(0, 1))
    above.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    below.bar(middles[filled], found.counts[filled], 0.9 / BINS, color=GREY)
    for middle, count in zip(middles[filled], found.counts[filled], strict=True):
        below.annotate(f"{count:,}", (middle, count), (0, 1), textcoords="offset points", ha="center", fontsize=7)
    below.set(xlabel="probability of the prediction", ylabel="predictions")
    below.margins(y=0.3)
    figure.align_ylabels()
    total = int(found.counts.sum())
    caption = f"Expected calibration error {found.error:.4f}, over {total:,} predictions in tenths of probability."
    widest = int(found.counts.argmax())
    alt = (
        f"Reliability diagram. {caption} Most predictions, {found.counts[widest]:,}, have a mean probability of "
        f"{found.confidence[widest]:.3f}, and {found.accuracy[widest]:.1%} of them are right."
    )
    return Picture(as_svg(figure, name, alt), caption)
