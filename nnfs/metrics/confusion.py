"""The confusion matrix, and the precision, recall and F1 score of each class, which follow from it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count
from ..errors import ShapeError
from ..system.floating_point import quietly
from .arrays import by_name, check_integers, check_labels, labels_and_scores


@by_name
def confusion_matrix(*, targets: Array, predictions: Array, classes: int | None = None) -> Array:
    """Count the samples of each true class (row) that were predicted as each class (column).

    Parameters
    ----------
    targets, predictions : array of integers, shape (N,)
        The true class and the predicted class of each sample; not modified.
    classes : int or None
        The number K of classes; None means 1 + the largest number in the two arrays.

    Returns
    -------
    ndarray of int64, shape (K, K)
        New; equal to ``sklearn.metrics.confusion_matrix(targets, predictions)`` if each class occurs.

    Raises
    ------
    ShapeError, DTypeError, ValueError
        For other shapes, numbers that are no integers, and numbers out of range.
    """
    targets, predictions = np.asarray(targets), np.asarray(predictions)
    if targets.ndim != 1 or targets.shape != predictions.shape:
        raise ShapeError(
            f"confusion_matrix: targets and predictions must both be (N,), got {targets.shape} and {predictions.shape}"
        )
    if classes is None:
        for argument, array in (("targets", targets), ("predictions", predictions)):
            check_integers(array, f"confusion_matrix: {argument}")
        classes = 1 + max((int(array.max()) for array in (targets, predictions) if array.size), default=0)
    classes = as_count(classes, "confusion_matrix: classes")
    check_labels(targets, classes, "confusion_matrix: targets")
    check_labels(predictions, classes, "confusion_matrix: predictions")
    # int64 first: uint8 labels times the number of classes would wrap around.
    places = targets.astype(np.int64) * classes + predictions.astype(np.int64)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


def confusion_of_scores(labels: Array, outputs: Array, metric: str) -> Array:
    """Return the confusion matrix (K, K) of labels (N,) and largest scores (N, K); errors name ``metric``."""
    labels, outputs = labels_and_scores(labels, outputs, metric)
    return confusion_matrix(targets=labels, predictions=outputs.argmax(axis=1), classes=outputs.shape[1])


@quietly
def precision(matrix: Array, *labels: Array) -> Array:
    """Return the precision (K,) of each class: of the samples predicted as the class, the share that belongs to it.

    P[k] = matrix[k, k] / sum of column k, and 0 for an empty column. ``matrix`` (K, K) is that of `confusion_matrix`,
    not modified. Raises ShapeError for anything else, such as labels; the message shows the line to write.
    """
    matrix = _as_matrix(matrix, labels, "precision")
    return _share(np.diagonal(matrix), matrix.sum(axis=0))


@quietly
def recall(matrix: Array, *labels: Array) -> Array:
    """Return the recall (K,) of each class: of the samples of the class, the share that was predicted as it.

    R[k] = matrix[k, k] / sum of row k, and 0 for an empty row. ``matrix`` (K, K) is that of `confusion_matrix`, not
    modified. Raises ShapeError for anything else, such as labels; the message shows the line to write.
    """
    matrix = _as_matrix(matrix, labels, "recall")
    return _share(np.diagonal(matrix), matrix.sum(axis=1))


@quietly
def f1_score(matrix: Array, *labels: Array) -> Array:
    """Return the F1 score (K,) of each class: 2 P R / (P + R), the harmonic mean of precision P and recall R.

    A class that never occurs has 0. ``matrix`` (K, K) is that of `confusion_matrix`, not modified. Raises ShapeError
    for anything else, such as labels; the message shows the line to write.
    """
    matrix = _as_matrix(matrix, labels, "f1_score")
    return _share(2 * np.diagonal(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))


def macro(share: Callable[[Array], Array], matrix: Array) -> float:
    """Return the mean of ``share(matrix)`` (K,) over the classes that occur in a confusion matrix (K, K).

    ``share`` is `precision`, `recall` or `f1_score`. An empty matrix gives NaN.
    """
    occurs = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    return float(share(matrix)[occurs].mean()) if occurs.any() else float("nan")


def _as_matrix(matrix: Array, labels: tuple[Array, ...], metric: str) -> Array:
    matrix = np.asarray(matrix)
    if labels or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        got = " and ".join(str(np.shape(array)) for array in (matrix, *labels))
        raise ShapeError(
            f"{metric} takes the counts (K, K) of confusion_matrix, got an array {got}; for labels (N,), write "
            f"{metric}(confusion_matrix(targets=..., predictions=..., classes=K))"
        )
    return matrix


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
