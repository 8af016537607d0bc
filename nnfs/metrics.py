"""Metrics: numbers that tell people how good predictions are.

Each metric is a function of targets and outputs, in scikit-learn's order. Labels (N,) and scores (N, K) cannot be
confused, so that functions of these take them in either order. Two arrays that look alike must be given by name:
``r2_score(targets=y, outputs=net.predict(x))``.

An evaluation adds up these metrics batch by batch, see `nnfs.training.running_metrics`. A function of your own is
called once with all outputs; `get_metrics` describes its arguments.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np

from ._kernels.interface import Array
from .arguments.hyperparameters import as_count
from .arguments.names import find_part
from .errors import DTypeError, ShapeError
from .system.floating_point import quietly

TARGETS_FIRST = ("targets", "labels", "y_true")
"""If a metric's first argument has one of these names, it takes the targets before the outputs."""
Function = TypeVar("Function", bound=Callable[..., Any])


def by_name(function: Function) -> Function:
    """Decorate a function, so that arrays without a name raise a DTypeError that shows the call with names.

    It is for functions whose arrays look alike, so that a wrong order would give a wrong result in silence.
    """
    line = ", ".join(f"{name}=..." for name in inspect.signature(function).parameters)

    @functools.wraps(function)
    def named(*arrays: Any, **arguments: Any) -> Any:
        if arrays:
            raise DTypeError(
                f"{function.__name__} takes its arrays by name, since nobody could tell which is which: got "
                f"{len(arrays)} without a name; write {function.__name__}({line})"
            )
        return function(**arguments)

    return named  # type: ignore[return-value]


def accuracy(labels: Array, outputs: Array) -> float:
    """Return the share of samples, 0 to 1, whose largest score is that of their label; NaN for no samples.

    ``labels`` (N,) are integers from 0 to K - 1, ``outputs`` (N, K) are scores. They may come in either order, and are
    not modified. Raises ShapeError, DTypeError or ValueError for any others.
    """
    labels, outputs = _scores(labels, outputs, "accuracy")
    # This takes a tenth of the time of np.mean, and training computes it at each step.
    return float(np.count_nonzero(outputs.argmax(axis=1) == labels) / len(labels)) if len(labels) else float("nan")


@quietly
def top_k_accuracy(labels: Array, outputs: Array, k: int = 5) -> float:
    """Return the share of samples, 0 to 1, whose label has one of the k largest scores; NaN for no samples.

    A label is found when fewer than k scores are larger than its own. Scores equal to its own do not count against it.
    ``labels`` (N,) are integers from 0 to K - 1, ``outputs`` (N, K) are scores, and 1 <= k <= K. The arrays may come in
    either order, and are not modified. Raises ShapeError, DTypeError or ValueError for any others.
    """
    labels, outputs = _scores(labels, outputs, "top_k_accuracy")
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
            _check_integers(array, f"confusion_matrix: {argument}")
        classes = 1 + max((int(array.max()) for array in (targets, predictions) if array.size), default=0)
    classes = as_count(classes, "confusion_matrix: classes")
    _check_labels(targets, classes, "confusion_matrix: targets")
    _check_labels(predictions, classes, "confusion_matrix: predictions")
    # int64 first: uint8 labels times the number of classes would wrap around.
    places = targets.astype(np.int64) * classes + predictions.astype(np.int64)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


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


@quietly
def mean_absolute_error(targets: Array, outputs: Array) -> float:
    """Return the mean of |y - t| over all numbers of outputs y and targets t; NaN for no samples.

    The two arrays have one shape, or (N,) and (N, 1), and may come in either order; not modified. Any other shapes
    raise ShapeError.
    """
    targets, outputs = as_pair(targets, outputs, "mean_absolute_error")
    return float(np.abs(np.subtract(outputs, targets, dtype=np.float64)).mean()) if len(targets) else float("nan")


def root_mean_squared_error(targets: Array, outputs: Array) -> float:
    """Return the square root of the mean of (y - t)**2, in the unit of the targets; NaN for no samples.

    The mean is over all numbers of outputs y and targets t. The two arrays have one shape, or (N,) and (N, 1), and may
    come in either order; not modified. Any other shapes raise ShapeError.
    """
    targets, outputs = as_pair(targets, outputs, "root_mean_squared_error")
    if not len(targets):
        return float("nan")
    return float(np.sqrt(np.square(np.subtract(outputs, targets, dtype=np.float64)).mean()))


@by_name
@quietly
def r2_score(*, targets: Array, outputs: Array) -> float:
    """Return 1 - sum (y - t)**2 / sum (t - mean t)**2: 1 is perfect, 0 is no better than predicting the mean.

    Outputs y and targets t have one shape (N, D), or (N, 1) and (N,); not modified. Each column has its own mean, and
    both sums are over all columns, as in scikit-learn's ``multioutput="variance_weighted"``. The result is NaN for no
    samples, and when all targets of a column are equal in every column.
    """
    targets, outputs = as_pair(targets, outputs, "r2_score")
    # The targets are compared by value: the rounded mean of equal targets may differ from them.
    if not len(targets) or (targets == targets[0]).all():
        return float("nan")
    targets = targets.astype(np.float64)
    total = float(np.square(targets - targets.mean(axis=0)).sum())
    # The squares of tiny differences underflow to 0, so that the total may be 0 for targets that differ.
    return 1 - float(np.square(outputs - targets).sum()) / total if total else float("nan")


Metric: TypeAlias = Callable[[Array, Array], float]
"""A function of (outputs, targets)."""


class _TargetsFirst:
    """A metric of (outputs, targets) that calls a function whose two arguments have other names or another order."""

    def __init__(self, function: Callable[..., float], targets: str, outputs: str) -> None:
        self.function, self.targets, self.outputs = function, targets, outputs
        self.__name__ = getattr(function, "__name__", type(function).__name__)

    def __call__(self, outputs: Array, targets: Array) -> float:
        return self.function(**{self.targets: targets, self.outputs: outputs})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _TargetsFirst) and vars(self) == vars(other)  # a copy of a trainer has equal metrics

    def __hash__(self) -> int:
        return hash(self.function)


def _as_metric(function: Callable[..., float]) -> Metric:
    """Return a function of (outputs, targets), given one that may take the targets first."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some functions written in C have no signature
        return function
    if len(names) < 2 or names[0] not in TARGETS_FIRST:
        return function
    return _TargetsFirst(function, *names[:2])


_OURS = {
    function: _as_metric(function)
    for function in (
        *(accuracy, top_k_accuracy, macro_precision, macro_recall, macro_f1),
        *(binary_accuracy, mean_absolute_error, root_mean_squared_error, r2_score),
    )
}
METRICS: dict[str, Metric] = {function.__name__: metric for function, metric in _OURS.items()}
"""Functions of (outputs, targets) by the names that `fit` and `evaluate` know."""


def get_metrics(metrics: Any) -> dict[str, Metric]:
    """Return metrics by name, each a function of (outputs, targets), given a list of names and functions.

    A function of the user's is called with (outputs, targets) in this order. If its first argument is named
    ``targets``, ``labels`` or ``y_true``, as in scikit-learn and Keras, both arrays are given by name instead, so that
    they are never swapped.

    Raises DTypeError for anything else than a list, and ValueError for two equal names and for an unknown name; its
    message gives the name that is meant, or all names.
    """
    if isinstance(metrics, str) or not isinstance(metrics, list | tuple):
        fix = f"; write metrics=[{metrics!r}]" if isinstance(metrics, str) else ""
        raise DTypeError(f"metrics must be a list of names and functions, got {metrics!r}{fix}")
    found: dict[str, Metric] = {}
    for metric in metrics:
        known = None if callable(metric) else find_part(metric, METRICS, "metric", "{}")
        name = metric if isinstance(metric, str) else getattr(metric, "__name__", type(metric).__name__)
        if name.startswith("val_"):
            raise ValueError(f"{name!r} is what the figure of validation is called; give the function another __name__")
        if name in found or name in ("loss", "learning_rate", "seconds"):
            raise ValueError(f"two figures have the name {name!r}; give the function another __name__")
        if known is not None:
            found[name] = known
        else:
            found[name] = next((own for ours, own in _OURS.items() if ours is metric), None) or _as_metric(metric)
    return found


def check_metrics(metrics: Mapping[str, Metric], outputs: Array, targets: Array) -> None:
    """Call the metrics of nnfs with a few rows before a training, so that they raise their errors early.

    Functions of the user's own are not called, because they may have side effects.
    """
    for metric in metrics.values():
        if metric in _OURS.values():
            metric(outputs, targets)


def measure(name: str, metric: Metric, outputs: Array, targets: Array) -> float:
    """Call a metric and return its result as a float; raise DTypeError, which names the metric, for no number."""
    figure: Any = metric(outputs, targets)
    if type(figure) is float:
        return figure
    array = np.asarray(figure)
    if array.ndim or array.dtype.kind not in "biuf":
        raise DTypeError(f"the metric {name!r} must return a number, got {figure!r} of type {type(figure).__name__}")
    return float(figure)


def macro(share: Callable[[Array], Array], matrix: Array) -> float:
    """Return the mean of ``share(matrix)`` (K,) over the classes that occur in a confusion matrix (K, K).

    ``share`` is `precision`, `recall` or `f1_score`. An empty matrix gives NaN.
    """
    occurs = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    return float(share(matrix)[occurs].mean()) if occurs.any() else float("nan")


def confusion_of_scores(labels: Array, outputs: Array, metric: str) -> Array:
    """Return the confusion matrix (K, K) of labels (N,) and largest scores (N, K); errors name ``metric``."""
    labels, outputs = _scores(labels, outputs, metric)
    return confusion_matrix(targets=labels, predictions=outputs.argmax(axis=1), classes=outputs.shape[1])


def _scores(labels: Array, outputs: Array, metric: str) -> tuple[Array, Array]:
    """Return labels (N,) and scores (N, K), given in either order; raise an error that names ``metric`` for others."""
    labels, outputs = np.asarray(labels), np.asarray(outputs)
    if labels.ndim == 2 and outputs.ndim == 1:
        labels, outputs = outputs, labels
    if outputs.ndim != 2 or labels.shape != outputs.shape[:1]:
        fix = f"; these are classes: write {metric}(labels, net.predict(x))" if outputs.ndim == labels.ndim == 1 else ""
        raise ShapeError(
            f"{metric}: outputs must be scores (N, K) and labels (N,), got {outputs.shape} and {labels.shape}{fix}"
        )
    if len(labels):
        _check_labels(labels, outputs.shape[1], f"{metric}: labels")
    return labels, outputs


def _check_integers(labels: Array, argument: str) -> None:
    if labels.size and labels.dtype.kind not in "iu":
        raise DTypeError(f"{argument} must hold integers, got {labels.dtype}")


def _check_labels(labels: Array, classes: int, argument: str) -> None:
    _check_integers(labels, argument)
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"{argument}[{row}] is {labels[row]}, wanted a class from 0 to {classes - 1}")


def _as_matrix(matrix: Array, labels: tuple[Array, ...], metric: str) -> Array:
    matrix = np.asarray(matrix)
    if labels or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        got = " and ".join(str(np.shape(array)) for array in (matrix, *labels))
        raise ShapeError(
            f"{metric} takes the counts (K, K) of confusion_matrix, got an array {got}; of labels (N,): "
            f"{metric}(confusion_matrix(targets=..., predictions=..., classes=K))"
        )
    return matrix


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def as_pair(targets: Array, outputs: Array, metric: str) -> tuple[Array, Array]:
    """Return targets and outputs as arrays of one shape; targets (N,) become (N, 1) if the outputs are (N, 1).

    Raises ShapeError, which names ``metric``, for any other two shapes.
    """
    targets, outputs = np.asarray(targets), np.asarray(outputs)
    if targets.ndim == 1 and outputs.shape == (len(targets), 1):
        targets = targets[:, None]
    if outputs.ndim == 0 or outputs.shape != targets.shape:
        raise ShapeError(f"{metric}: outputs and targets must have one shape, got {outputs.shape} and {targets.shape}")
    return targets, outputs
