"""Metrics of labels and of yes-or-no answers."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count
from ..system.floating_point import quietly
from .arrays import as_pair, by_name, labels_and_scores
from .confusion import confusion_of_scores, f1_score, macro, precision, recall


def accuracy(labels: Array, outputs: Array) -> float:
    """Return the share of samples, 0 to 1, whose largest score is that of their label; NaN for no samples.

    ``labels`` (N,) are integers from 0 to K - 1, ``outputs`` (N, K) are scores. They may come in either order, and are
    not modified. Raises ShapeError, DTypeError or ValueError for any others.
    """
    labels, outputs = labels_and_scores(labels, outputs, "accuracy")
    # This takes a tenth of the time of np.mean, and training computes it at each step.
    return float(np.count_nonzero(outputs.argmax(axis=1) == labels) / len(labels)) if len(labels) else float("nan")


@quietly
def top_k_accuracy(labels: Array, outputs: Array, k: int = 5) -> float:
    """Return the share of samples, 0 to 1, whose label has one of the k largest scores; NaN for no samples.

    A label is found when fewer than k scores are larger than its own. Scores equal to its own do not count against it.
    ``labels`` (N,) are integers from 0 to K - 1, ``outputs`` (N, K) are scores, and 1 <= k <= K. The arrays may come in
    either order, and are not modified. Raises ShapeError, DTypeError or ValueError for any others.
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

    An answer is right if (output > threshold) equals (target > 0.5); the threshold is 0 for logits and 0.5 for
    probabilities. The two arrays have one shape, or (N,) and (N, 1); not modified. Any others raise ShapeError.
    """
    targets, outputs = as_pair(targets, outputs, "binary_accuracy")
    return float(np.mean((outputs > threshold) == (targets > 0.5))) if len(targets) else float("nan")


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
