"""Metrics of classification: how often predicted classes and yes-or-no answers are right."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count
from ..system.floating_point import quietly
from .arrays import as_pair, by_name, labels_and_scores
from .confusion import confusion_of_scores, f1_score, macro, precision, recall


def accuracy(labels: Array, outputs: Array) -> float:
    """Return the share of samples, 0 to 1, whose largest score is that of their label; NaN for no samples.

    Parameters
    ----------
    labels : array of integers, shape (N,)
        The right classes, 0 to K - 1; not modified.
    outputs : array, shape (N, K)
        Scores of the classes; not modified. The two arrays may come in either order.

    Raises
    ------
    ShapeError, DTypeError, ValueError
        For other shapes, labels that are no integers, and labels out of range.
    """
    right = right_classes(labels, outputs)
    # This takes a tenth of the time of np.mean, and training computes it at each step.
    return float(np.count_nonzero(right) / len(right)) if len(right) else float("nan")


def right_classes(labels: Array, outputs: Array) -> Array:
    """Return for each sample whether its largest score is that of its label: see `accuracy`."""
    labels, outputs = labels_and_scores(labels, outputs, "accuracy")
    right: Array = outputs.argmax(axis=1) == labels
    return right


@quietly
def top_k_accuracy(labels: Array, outputs: Array, k: int = 5) -> float:
    """Return the share of samples, 0 to 1, whose label has one of the k largest scores; NaN for no samples.

    A label is found when fewer than k scores are larger than its own. Scores equal to its own do not count against it.

    Parameters
    ----------
    labels : array of integers, shape (N,)
        The right classes, 0 to K - 1; not modified.
    outputs : array, shape (N, K)
        Scores of the classes; not modified. The two arrays may come in either order.
    k : int
        1 to K.

    Raises
    ------
    ShapeError, DTypeError, ValueError
        For other shapes, labels that are no integers, and labels or a k out of range.
    """
    labels, outputs = labels_and_scores(labels, outputs, "top_k_accuracy")
    k = as_count(k, "top_k_accuracy: k")
    if k > outputs.shape[1]:
        raise ValueError(
            f"top_k_accuracy: k must be at most the {outputs.shape[1]} classes, got {k}, which finds every label; for "
            "another one: metrics=[functools.partial(nnfs.metrics.top_k_accuracy, k=2)]"
        )
    if not len(labels):
        return float("nan")
    own = outputs[np.arange(len(labels)), labels][:, None]
    # A label whose score is NaN is not found, although no other score compares as larger than NaN.
    found = ((outputs > own).sum(axis=1) < k) & ~np.isnan(own[:, 0])
    return float(np.mean(found))


@by_name
def binary_accuracy(*, targets: Array, outputs: Array, threshold: float = 0.0) -> float:
    """Return the share of yes-or-no answers that are right, 0 to 1; NaN for none.

    An answer is right if (output > threshold) equals (target > 0.5).

    Parameters
    ----------
    targets, outputs : array, shape (N, K)
        Targets from 0 to 1 and outputs of the network; not modified. Targets (N,) fit outputs (N, 1).
    threshold : float
        0 for logits, 0.5 for probabilities.

    Raises
    ------
    ShapeError
        For two different shapes.
    """
    right = right_answers(targets, outputs, threshold)
    return float(np.count_nonzero(right) / right.size) if right.size else float("nan")


def right_answers(targets: Array, outputs: Array, threshold: float = 0.0) -> Array:
    """Return for each yes-or-no answer whether it is right: see `binary_accuracy`."""
    targets, outputs = as_pair(targets, outputs, "binary_accuracy")
    right: Array = (outputs > threshold) == (targets > 0.5)
    return right


@quietly
def macro_precision(labels: Array, outputs: Array) -> float:
    """Return the mean of `precision` over the classes that occur among labels or predictions; NaN for no samples.

    ``labels`` (N,) are integers; the predictions are the largest scores of ``outputs`` (N, K). The result is that of
    scikit-learn with ``average="macro"``.
    """
    return macro(precision, confusion_of_scores(labels, outputs, "macro_precision"))


@quietly
def macro_recall(labels: Array, outputs: Array) -> float:
    """Return the mean of `recall` over the classes that occur among labels or predictions; NaN for no samples.

    ``labels`` (N,) are integers; the predictions are the largest scores of ``outputs`` (N, K). The result is that of
    scikit-learn with ``average="macro"``.
    """
    return macro(recall, confusion_of_scores(labels, outputs, "macro_recall"))


@quietly
def macro_f1(labels: Array, outputs: Array) -> float:
    """Return the mean of `f1_score` over the classes that occur among labels or predictions; NaN for no samples.

    ``labels`` (N,) are integers; the predictions are the largest scores of ``outputs`` (N, K). The result is that of
    scikit-learn with ``average="macro"``.
    """
    return macro(f1_score, confusion_of_scores(labels, outputs, "macro_f1"))
