"""Metrics: what people want to know of predictions, beside the loss.

Each is a function of what is right and of what a network says, in this order, which is scikit-learn's. Labels (N,)
beside scores (N, K), as `predict` gives them, cannot be confused: such functions take them in either order. Two arrays
that look alike go by name: ``r2_score(targets=y, outputs=net.predict(x))``.

An evaluation adds them up batch by batch, see `nnfs.training.running_metrics`. A function of your own is given all
outputs at once, which are kept for it; for its arguments see `get_metrics`.
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
"""The names of a function's first argument by which a metric asks for the targets before the outputs."""
Function = TypeVar("Function", bound=Callable[..., Any])


def by_name(function: Function) -> Function:
    """Let a function take its arguments by name alone, since its arrays look alike and their order matters."""
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
    """Return the share of samples whose largest score is that of their label, 0 to 1; NaN for no samples.

    Labels (N,) are integers, outputs (N, K) are scores.
    """
    labels, outputs = _scores(labels, outputs, "accuracy")
    # A tenth of the time of np.mean, which training would spend at each step.
    return float(np.count_nonzero(outputs.argmax(axis=1) == labels) / len(labels)) if len(labels) else float("nan")


@quietly
def top_k_accuracy(labels: Array, outputs: Array, k: int = 5) -> float:
    """Return the share of samples whose label is among the k largest scores, 0 to 1; NaN for no samples.

    Labels (N,) are integers, outputs (N, K) are scores, and k is at most K. A label counts where fewer than k scores
    are larger than its own, so that equal scores are to its advantage.
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
    # A label whose score is NaN is not found: no comparison with NaN is true, and its own is no number.
    found = ((outputs > own).sum(axis=1) < k) & ~np.isnan(own[:, 0])
    return float(np.mean(found))


@by_name
def binary_accuracy(*, targets: Array, outputs: Array, threshold: float = 0.0) -> float:
    """Return the share of answers on the right side, 0 to 1: outputs > threshold where targets > 0.5.

    The threshold is 0 for logits and 0.5 for probabilities.
    """
    targets, outputs = as_pair(targets, outputs, "binary_accuracy")
    return float(np.mean((outputs > threshold) == (targets > 0.5))) if len(targets) else float("nan")


@by_name
def confusion_matrix(*, targets: Array, predictions: Array, classes: int | None = None) -> Array:
    """Count how often each class was taken for which: row = true class, column = predicted class.

    Parameters
    ----------
    targets, predictions : array of integers (N,)
        The true class and the predicted class of each sample.
    classes : int or None
        How many classes there are; None is as many as the largest number in both arrays tells of.

    Returns
    -------
    ndarray of int64, shape (K, K)
        That of ``sklearn.metrics.confusion_matrix(targets, predictions)``.
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
    """Return, for each class of a confusion matrix, the share that is right of what was called so (K,); 0 for none.

    Raises ShapeError, with the line to write, for predicted classes and labels in the place of a matrix.
    """
    matrix = _as_matrix(matrix, labels, "precision")
    return _share(np.diagonal(matrix), matrix.sum(axis=0))


@quietly
def recall(matrix: Array, *labels: Array) -> Array:
    """Return, for each class of a confusion matrix, the share of its samples that were found (K,); 0 for none.

    Raises ShapeError as `precision` does.
    """
    matrix = _as_matrix(matrix, labels, "recall")
    return _share(np.diagonal(matrix), matrix.sum(axis=1))


@quietly
def f1_score(matrix: Array, *labels: Array) -> Array:
    """Return, for each class of a confusion matrix, the harmonic mean of the two (K,): 2 P R / (P + R).

    Raises ShapeError as `precision` does.
    """
    matrix = _as_matrix(matrix, labels, "f1_score")
    return _share(2 * np.diagonal(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))


@quietly
def macro_precision(labels: Array, outputs: Array) -> float:
    """Return the mean of `precision` over the classes that occur, among the labels (N,) or as largest score (N, K).

    This is ``average="macro"`` of scikit-learn: a class that no sample has and none is taken for counts in no mean.
    NaN for no samples.
    """
    return macro(precision, confusion_of_scores(labels, outputs, "macro_precision"))


@quietly
def macro_recall(labels: Array, outputs: Array) -> float:
    """Return the mean of `recall` over the classes that occur, among the labels (N,) or as largest score (N, K).

    This is ``average="macro"`` of scikit-learn: a class that no sample has and none is taken for counts in no mean.
    NaN for no samples.
    """
    return macro(recall, confusion_of_scores(labels, outputs, "macro_recall"))


@quietly
def macro_f1(labels: Array, outputs: Array) -> float:
    """Return the mean of `f1_score` over the classes that occur, among the labels (N,) or as largest score (N, K).

    This is ``average="macro"`` of scikit-learn: a class that no sample has and none is taken for counts in no mean.
    NaN for no samples.
    """
    return macro(f1_score, confusion_of_scores(labels, outputs, "macro_f1"))


@quietly
def mean_absolute_error(targets: Array, outputs: Array) -> float:
    """Return the mean of |y - t| over all numbers, whichever of the two arrays comes first; NaN for none."""
    targets, outputs = as_pair(targets, outputs, "mean_absolute_error")
    return float(np.abs(np.subtract(outputs, targets, dtype=np.float64)).mean()) if len(targets) else float("nan")


def root_mean_squared_error(targets: Array, outputs: Array) -> float:
    """Return the square root of the mean of (y - t)**2 over all numbers, in the unit of the targets; NaN for none.

    Either of the two arrays may come first.
    """
    targets, outputs = as_pair(targets, outputs, "root_mean_squared_error")
    if not len(targets):
        return float("nan")
    return float(np.sqrt(np.square(np.subtract(outputs, targets, dtype=np.float64)).mean()))


@by_name
@quietly
def r2_score(*, targets: Array, outputs: Array) -> float:
    """Return 1 - sum (y - t)**2 / sum (t - mean t)**2: 1 is perfect, 0 is no better than the mean.

    Of several columns, each has its own mean, and both sums are over all of them, as in scikit-learn's
    ``multioutput="variance_weighted"``. NaN for no samples, and for targets that are all the same.
    """
    targets, outputs = as_pair(targets, outputs, "r2_score")
    # Compared by value: the mean of equal targets is rounded, so that the differences from it tell nothing.
    if not len(targets) or (targets == targets[0]).all():
        return float("nan")
    targets = targets.astype(np.float64)
    total = float(np.square(targets - targets.mean(axis=0)).sum())
    # The squares of the smallest numbers are 0, so that those that vary may have a total of 0.
    return 1 - float(np.square(outputs - targets).sum()) / total if total else float("nan")


Metric: TypeAlias = Callable[[Array, Array], float]
"""A function of (outputs, targets)."""


class _TargetsFirst:
    """A function of (outputs, targets) that calls one which takes the two by other names, in the other order."""

    def __init__(self, function: Callable[..., float], targets: str, outputs: str) -> None:
        self.function, self.targets, self.outputs = function, targets, outputs
        self.__name__ = getattr(function, "__name__", type(function).__name__)

    def __call__(self, outputs: Array, targets: Array) -> float:
        return self.function(**{self.targets: targets, self.outputs: outputs})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _TargetsFirst) and vars(self) == vars(other)  # as a copy of a trainer's is

    def __hash__(self) -> int:
        return hash(self.function)


def _as_metric(function: Callable[..., float]) -> Metric:
    """Return a function of (outputs, targets), given one whose arguments may stand in the other order."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some functions written in C do not tell
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
    """Return functions of (outputs, targets) by name, given a list of names and functions.

    A function is called with (outputs, targets) in this order. One whose first argument is named ``targets``,
    ``labels`` or ``y_true``, as those of scikit-learn and Keras are, is called by name instead, so that none gets the
    two swapped.

    Raises ValueError for one that is not known, with the name that is meant or all names, or that stands there twice.
    """
    if isinstance(metrics, str) or not isinstance(metrics, list | tuple):
        raise DTypeError(f"metrics must be a list of names and functions, got {metrics!r}")
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
    """Raise what a metric of nnfs raises for arrays that it cannot take, given a few rows of them before a training.

    Functions of the user's own are not called: nobody knows what else they do.
    """
    for metric in metrics.values():
        if metric in _OURS.values():
            metric(outputs, targets)


def measure(name: str, metric: Metric, outputs: Array, targets: Array) -> float:
    """Return the figure that a metric gives; raise DTypeError, naming it, where that is no number."""
    figure: Any = metric(outputs, targets)
    if type(figure) is float:
        return figure
    array = np.asarray(figure)
    if array.ndim or array.dtype.kind not in "biuf":
        raise DTypeError(f"the metric {name!r} must return a number, got {figure!r} of type {type(figure).__name__}")
    return float(figure)


def macro(share: Callable[[Array], Array], matrix: Array) -> float:
    """Return the mean of what ``share`` takes from a confusion matrix, over the classes that occur in it; or NaN."""
    occurs = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    return float(share(matrix)[occurs].mean()) if occurs.any() else float("nan")


def confusion_of_scores(labels: Array, outputs: Array, metric: str) -> Array:
    """Return the confusion matrix (K, K) of labels (N,) and scores (N, K); errors name ``metric``."""
    labels, outputs = _scores(labels, outputs, metric)
    return confusion_matrix(targets=labels, predictions=outputs.argmax(axis=1), classes=outputs.shape[1])


def _scores(labels: Array, outputs: Array, metric: str) -> tuple[Array, Array]:
    """Return labels (N,) and scores (N, K), in whichever order they came; or raise an error of nnfs."""
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
    """Return targets and outputs in one shape: targets (N,) are taken as (N, 1) where the outputs are."""
    targets, outputs = np.asarray(targets), np.asarray(outputs)
    if targets.ndim == 1 and outputs.shape == (len(targets), 1):
        targets = targets[:, None]
    if outputs.ndim == 0 or outputs.shape != targets.shape:
        raise ShapeError(f"{metric}: outputs and targets must have one shape, got {outputs.shape} and {targets.shape}")
    return targets, outputs
