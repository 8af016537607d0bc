"""Metrics: what people want to know of predictions, beside the loss.

Each is a function of (outputs, targets) and returns a float, or an array where it says so. Outputs are scores as
`predict` gives them, (N, K); labels are integers (N,).
"""

from __future__ import annotations

import numpy as np

from ._kernels.interface import Array
from .errors import ShapeError


def accuracy(outputs: Array, labels: Array) -> float:
    """Return the share of samples whose largest score is that of their label, 0 to 1; NaN for no samples."""
    _check(outputs, labels)
    return float(np.mean(outputs.argmax(axis=1) == labels)) if len(labels) else float("nan")


def binary_accuracy(outputs: Array, targets: Array, threshold: float = 0.0) -> float:
    """Return the share of answers on the right side, 0 to 1: outputs > threshold where targets > 0.5.

    The threshold is 0 for logits and 0.5 for probabilities.
    """
    targets = targets.reshape(outputs.shape)
    return float(np.mean((outputs > threshold) == (targets > 0.5))) if len(targets) else float("nan")


def confusion_matrix(predicted: Array, labels: Array, classes: int) -> Array:
    """Return the counts (K, K), int64: row = true class, column = predicted class; both given as labels (N,)."""
    _check(predicted, labels)
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes)


def precision(matrix: Array) -> Array:
    """Return, for each class, the share of right answers among those that named it (K,); 0 where none did."""
    return _share(np.diagonal(matrix), matrix.sum(axis=0))


def recall(matrix: Array) -> Array:
    """Return, for each class, the share of its samples that were found (K,); 0 where it has none."""
    return _share(np.diagonal(matrix), matrix.sum(axis=1))


def f1_score(matrix: Array) -> Array:
    """Return, for each class, the harmonic mean of precision and recall (K,): 2 P R / (P + R)."""
    return _share(2 * np.diagonal(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))


def mean_absolute_error(outputs: Array, targets: Array) -> float:
    """Return the mean of |y - t| over all numbers."""
    return float(np.abs(outputs - targets.reshape(outputs.shape)).mean(dtype=np.float64))


def r2_score(outputs: Array, targets: Array) -> float:
    """Return 1 - sum (y - t)**2 / sum (t - mean t)**2: 1 is perfect, 0 is no better than the mean."""
    targets = targets.reshape(outputs.shape).astype(np.float64)
    residual = np.square(outputs - targets).sum()
    total = np.square(targets - targets.mean(axis=0)).sum()
    return float(1 - residual / total) if total else float("nan")


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _check(outputs: Array, labels: Array) -> None:
    if len(outputs) != len(labels):
        raise ShapeError(f"got {len(outputs)} predictions for {len(labels)} labels")
