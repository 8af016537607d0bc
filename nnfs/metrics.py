"""Metrics: what people want to know of predictions, beside the loss.

Each is a function of (outputs, targets) and returns a float, or an array where it says so. Outputs are scores as
`predict` gives them, (N, K); labels are integers (N,).

An evaluation adds them up batch by batch, in memory that does not grow with the samples, see `Running`. A function of
your own is given all outputs at once, which are kept for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ._kernels.interface import Array
from .errors import DTypeError, ShapeError
from .hyperparameters import as_count


def accuracy(outputs: Array, labels: Array) -> float:
    """Return the share of samples whose largest score is that of their label, 0 to 1; NaN for no samples."""
    outputs, labels = _scores(outputs, labels, "accuracy")
    # A tenth of the time of np.mean, which training would spend at each step.
    return float(np.count_nonzero(outputs.argmax(axis=1) == labels) / len(labels)) if len(labels) else float("nan")


def top_k_accuracy(outputs: Array, labels: Array, k: int = 5) -> float:
    """Return the share of samples whose label is among the k largest scores, 0 to 1; NaN for no samples.

    A label counts where fewer than k scores are larger than its own, so that equal scores are to its advantage.
    """
    outputs, labels = _scores(outputs, labels, "top_k_accuracy")
    k = as_count(k, "top_k_accuracy: k")
    if not len(labels):
        return float("nan")
    own = outputs[np.arange(len(labels)), labels][:, None]
    # A label whose score is NaN is not found: no comparison with NaN is true, and its own is no number.
    found = ((outputs > own).sum(axis=1) < k) & ~np.isnan(own[:, 0])
    return float(np.mean(found))


def binary_accuracy(outputs: Array, targets: Array, threshold: float = 0.0) -> float:
    """Return the share of answers on the right side, 0 to 1: outputs > threshold where targets > 0.5.

    The threshold is 0 for logits and 0.5 for probabilities.
    """
    outputs, targets = _pair(outputs, targets, "binary_accuracy")
    return float(np.mean((outputs > threshold) == (targets > 0.5))) if len(targets) else float("nan")


def confusion_matrix(predicted: Array, labels: Array, classes: int) -> Array:
    """Return the counts (K, K), int64: row = true class, column = predicted class; both given as labels (N,)."""
    classes = as_count(classes, "confusion_matrix: classes")
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if predicted.ndim != 1 or predicted.shape != labels.shape:
        raise ShapeError(
            f"confusion_matrix: predicted and labels must both be (N,), got {predicted.shape} and {labels.shape}"
        )
    _check_labels(predicted, classes, "confusion_matrix: predicted")
    _check_labels(labels, classes, "confusion_matrix: labels")
    # int64 first: uint8 labels times the number of classes would wrap around.
    predicted, labels = predicted.astype(np.int64), labels.astype(np.int64)
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes)


def precision(matrix: Array, *labels: Array) -> Array:
    """Return, for each class of a confusion matrix, the share that is right of what was called so (K,); 0 for none.

    Raises ShapeError, with the line to write, for predicted classes and labels in the place of a matrix.
    """
    matrix = _as_matrix(matrix, labels, "precision")
    return _share(np.diagonal(matrix), matrix.sum(axis=0))


def recall(matrix: Array, *labels: Array) -> Array:
    """Return, for each class of a confusion matrix, the share of its samples that were found (K,); 0 for none.

    Raises ShapeError as `precision` does.
    """
    matrix = _as_matrix(matrix, labels, "recall")
    return _share(np.diagonal(matrix), matrix.sum(axis=1))


def f1_score(matrix: Array, *labels: Array) -> Array:
    """Return, for each class of a confusion matrix, the harmonic mean of the two (K,): 2 P R / (P + R).

    Raises ShapeError as `precision` does.
    """
    matrix = _as_matrix(matrix, labels, "f1_score")
    return _share(2 * np.diagonal(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))


def macro_precision(outputs: Array, labels: Array) -> float:
    """Return the mean of `precision` over all classes; scores (N, K), labels (N,)."""
    return float(precision(_confusion(outputs, labels, "macro_precision")).mean())


def macro_recall(outputs: Array, labels: Array) -> float:
    """Return the mean of `recall` over all classes; scores (N, K), labels (N,)."""
    return float(recall(_confusion(outputs, labels, "macro_recall")).mean())


def macro_f1(outputs: Array, labels: Array) -> float:
    """Return the mean of `f1_score` over all classes; scores (N, K), labels (N,)."""
    return float(f1_score(_confusion(outputs, labels, "macro_f1")).mean())


def mean_absolute_error(outputs: Array, targets: Array) -> float:
    """Return the mean of |y - t| over all numbers; NaN for none."""
    outputs, targets = _pair(outputs, targets, "mean_absolute_error")
    return float(np.abs(np.subtract(outputs, targets, dtype=np.float64)).mean()) if len(targets) else float("nan")


def r2_score(outputs: Array, targets: Array) -> float:
    """Return 1 - sum (y - t)**2 / sum (t - mean t)**2: 1 is perfect, 0 is no better than the mean.

    NaN for no samples, and for targets that are all the same.
    """
    running = RunningR2("r2_score", r2_score)
    running.add(outputs, targets)
    return running.figure()


Metric: TypeAlias = Callable[[Array, Array], float]

METRICS: dict[str, Metric] = {
    metric.__name__: metric
    for metric in (
        *(accuracy, top_k_accuracy, macro_precision, macro_recall, macro_f1),
        *(binary_accuracy, mean_absolute_error, r2_score),
    )
}


def get_metrics(metrics: Any) -> dict[str, Metric]:
    """Return functions by name, given a list of names and functions of (outputs, targets).

    Raises ValueError, listing the names, for one that is not known, or that stands there twice.
    """
    if isinstance(metrics, str) or not isinstance(metrics, list | tuple):
        raise DTypeError(f"metrics must be a list of names and functions, got {metrics!r}")
    found: dict[str, Metric] = {}
    for metric in metrics:
        if not callable(metric) and (not isinstance(metric, str) or metric not in METRICS):
            raise ValueError(f"unknown metric {metric!r}; the names are {', '.join(METRICS)}; a function will do too")
        name = metric if isinstance(metric, str) else getattr(metric, "__name__", type(metric).__name__)
        if name.startswith("val_"):
            raise ValueError(f"{name!r} is what the figure of validation is called; give the function another __name__")
        if name in found or name in ("loss", "learning_rate", "seconds"):
            raise ValueError(f"two figures have the name {name!r}; give the function another __name__")
        found[name] = METRICS[metric] if isinstance(metric, str) else metric
    return found


def measure(name: str, metric: Metric, outputs: Array, targets: Array) -> float:
    """Return the figure that a metric gives; raise DTypeError, naming it, where that is no number."""
    figure: Any = metric(outputs, targets)
    if type(figure) is float:
        return figure
    array = np.asarray(figure)
    if array.ndim or array.dtype.kind not in "biuf":
        raise DTypeError(f"the metric {name!r} must return a number, got {figure!r} of type {type(figure).__name__}")
    return float(figure)


class Running:
    """What every running metric is: the figure of all batches so far.

    Parameters
    ----------
    name : str
        What errors call it.
    metric : function of (outputs, targets)
    """

    def __init__(self, name: str, metric: Metric) -> None:
        self.name, self.metric = name, metric

    def add(self, outputs: Array, targets: Array) -> None:
        """Look at one more batch, which is not kept unless it says so."""
        raise NotImplementedError(f"{type(self).__name__} adds nothing")

    def figure(self) -> float:
        """Return the metric of all batches so far."""
        raise NotImplementedError(f"{type(self).__name__} has no figure")


class RunningMean(Running):
    """The mean of batches, by their samples: for metrics that are means over samples."""

    mean, samples = 0.0, 0

    def add(self, outputs: Array, targets: Array) -> None:
        """Move the mean to that of the batches so far."""
        self.samples += len(targets)
        # Not a sum, divided at the end: what all batches agree on, such as 1, comes out to the last bit.
        self.mean += (self.metric(outputs, targets) - self.mean) * (len(targets) / self.samples)

    def figure(self) -> float:
        """Return the mean."""
        return self.mean


class RunningCounts(Running):
    """The confusion matrix, and the mean over classes of what the metric takes from it."""

    matrix: Array | int = 0

    def add(self, outputs: Array, targets: Array) -> None:
        """Count."""
        self.matrix = self.matrix + _confusion(outputs, targets, self.name)

    def figure(self) -> float:
        """Return the mean over classes."""
        return float(_OF_COUNTS[self.metric](self.matrix).mean())


class RunningR2(Running):
    """The sums of `r2_score`; those about the mean are joined as by Chan, Golub and LeVeque (1979)."""

    samples, residual, total = 0, 0.0, 0.0
    mean: Any = 0.0
    first: Any = None
    varied = False

    def add(self, outputs: Array, targets: Array) -> None:
        """Add the sums, and move the mean of the targets."""
        outputs, targets = _pair(outputs, targets, self.name)
        if not len(targets):
            return
        targets = targets.astype(np.float64)
        if self.first is None:
            self.first = targets[0].copy()
        # Their mean is rounded, so that the differences from it tell nothing.
        self.varied = self.varied or bool((targets != self.first).any())
        self.residual += float(np.square(outputs - targets).sum())
        mean = targets.mean(axis=0)
        share = len(targets) / (self.samples + len(targets))
        away = float(np.square(mean - self.mean).sum())
        self.total += float(np.square(targets - mean).sum()) + away * self.samples * share
        self.mean = self.mean + (mean - self.mean) * share
        self.samples += len(targets)

    def figure(self) -> float:
        """Return 1 - residual / total, see `r2_score`."""
        return 1 - self.residual / self.total if self.varied else float("nan")


class RunningAll(Running):
    """All outputs and targets, in memory: for functions of which nothing else is known."""

    def __init__(self, name: str, metric: Metric) -> None:
        super().__init__(name, metric)
        self.outputs: list[Array] = []
        self.targets: list[Array] = []

    def add(self, outputs: Array, targets: Array) -> None:
        """Keep both; targets as a copy, since they are valid until the next batch."""
        self.outputs.append(outputs)
        self.targets.append(targets.copy())

    def figure(self) -> float:
        """Return what the function gives for all of them."""
        return measure(self.name, self.metric, np.concatenate(self.outputs), np.concatenate(self.targets))


_OF_COUNTS: dict[Metric, Callable[[Any], Array]] = {
    macro_precision: precision,
    macro_recall: recall,
    macro_f1: f1_score,
}
_RUNNING: dict[type[Running], tuple[Metric, ...]] = {
    RunningMean: (accuracy, top_k_accuracy, binary_accuracy, mean_absolute_error),
    RunningCounts: tuple(_OF_COUNTS),
    RunningR2: (r2_score,),
}


def running(name: str, metric: Metric) -> Running:
    """Return a new running metric, with the least to remember that is known to do."""
    return next((kind for kind, metrics in _RUNNING.items() if metric in metrics), RunningAll)(name, metric)


def _confusion(outputs: Array, labels: Array, metric: str) -> Array:
    outputs, labels = _scores(outputs, labels, metric)
    return confusion_matrix(outputs.argmax(axis=1), labels, outputs.shape[1])


def _scores(outputs: Array, labels: Array, metric: str) -> tuple[Array, Array]:
    """Return scores (N, K) and labels (N,), or raise ShapeError, DTypeError or ValueError."""
    outputs, labels = np.asarray(outputs), np.asarray(labels)
    if outputs.ndim != 2 or labels.shape != outputs.shape[:1]:
        fix = f"; these are classes: write {metric}(net.predict(x), labels)" if outputs.ndim == labels.ndim == 1 else ""
        raise ShapeError(
            f"{metric}: outputs must be scores (N, K) and labels (N,), got {outputs.shape} and {labels.shape}{fix}"
        )
    if len(labels):
        _check_labels(labels, outputs.shape[1], f"{metric}: labels")
    return outputs, labels


def _check_labels(labels: Array, classes: int, argument: str) -> None:
    if labels.dtype.kind not in "iu":
        raise DTypeError(f"{argument} must hold integers, got {labels.dtype}")
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
            f"{metric}(confusion_matrix(predicted, labels, classes=K))"
        )
    return matrix


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _pair(outputs: Array, targets: Array, metric: str) -> tuple[Array, Array]:
    """Return outputs and targets in one shape: targets (N,) are taken as (N, 1) where the outputs are."""
    outputs, targets = np.asarray(outputs), np.asarray(targets)
    if targets.ndim == 1 and outputs.shape == (len(targets), 1):
        targets = targets[:, None]
    if outputs.ndim == 0 or outputs.shape != targets.shape:
        raise ShapeError(f"{metric}: outputs and targets must have one shape, got {outputs.shape} and {targets.shape}")
    return outputs, targets
