"""Running metrics: a metric over all batches so far, mostly without keeping the outputs of all samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..metrics import METRICS, Metric, as_pair, confusion_of_scores, f1_score, macro, measure, precision, recall
from ..system.floating_point import quietly


class Running:
    """Base of running metrics: `add` takes one batch, `figure` returns the metric of all batches so far.

    Parameters
    ----------
    name : str
        The name of the metric, for errors.
    metric : function of (outputs, targets)
        The metric of one batch.
    """

    def __init__(self, name: str, metric: Metric) -> None:
        self.name, self.metric = name, metric

    def add(self, outputs: Array, targets: Array) -> None:
        """Take one more batch into account; the arrays may change afterwards."""
        raise NotImplementedError(f"{type(self).__name__} adds nothing")

    def figure(self) -> float:
        """Return the metric of all batches so far."""
        raise NotImplementedError(f"{type(self).__name__} has no figure")


class RunningMean(Running):
    """Average a metric over batches, weighted by their samples: for metrics that are means over samples."""

    mean, samples = 0.0, 0

    def add(self, outputs: Array, targets: Array) -> None:
        """Update the mean by the metric of one more batch."""
        self.samples += len(targets)
        # Not a sum, divided at the end: what all batches agree on, such as 1, comes out to the last bit.
        self.mean += (self.metric(outputs, targets) - self.mean) * (len(targets) / self.samples)

    def figure(self) -> float:
        """Return the mean."""
        return self.mean


class RunningCounts(Running):
    """Sum up the confusion matrix, from which precision, recall and F1 of each class follow."""

    matrix: Array | int = 0

    def add(self, outputs: Array, targets: Array) -> None:
        """Add the confusion matrix of one more batch."""
        self.matrix = self.matrix + confusion_of_scores(targets, outputs, self.name)

    def figure(self) -> float:
        """Return the mean of the metric over the classes that occur."""
        return macro(_OF_COUNTS[self.metric], np.asarray(self.matrix))


class RunningRoot(Running):
    """Average the squares of `root_mean_squared_error` over batches, weighted by their samples."""

    mean, samples = 0.0, 0

    def add(self, outputs: Array, targets: Array) -> None:
        """Update the mean of the squares by one more batch."""
        if not len(targets):
            return
        self.samples += len(targets)
        self.mean += (self.metric(outputs, targets) ** 2 - self.mean) * (len(targets) / self.samples)

    def figure(self) -> float:
        """Return the root of the mean of the squares; NaN for no samples."""
        return math.sqrt(self.mean) if self.samples else math.nan


class RunningR2(Running):
    """Sum up what `r2_score` needs; squares about the mean are joined as in Chan, Golub and LeVeque (1979)."""

    samples, residual, total = 0, 0.0, 0.0
    mean: Any = 0.0
    first: Any = None
    varied = False

    @quietly
    def add(self, outputs: Array, targets: Array) -> None:
        """Add the sums of one more batch, and update the mean of the targets."""
        targets, outputs = as_pair(targets, outputs, self.name)
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
        return 1 - self.residual / self.total if self.varied and self.total else float("nan")


class RunningAll(Running):
    """Keep all outputs and targets in memory: for functions of the user's own."""

    def __init__(self, name: str, metric: Metric) -> None:
        super().__init__(name, metric)
        self.outputs: list[Array] = []
        self.targets: list[Array] = []

    def add(self, outputs: Array, targets: Array) -> None:
        """Keep the outputs, and a copy of the targets, which are valid until the next batch."""
        self.outputs.append(outputs)
        self.targets.append(targets.copy())

    def figure(self) -> float:
        """Return the metric of all outputs and targets at once."""
        return measure(self.name, self.metric, np.concatenate(self.outputs), np.concatenate(self.targets))


_OF_COUNTS: dict[Metric, Callable[[Array], Array]] = {
    METRICS["macro_precision"]: precision,
    METRICS["macro_recall"]: recall,
    METRICS["macro_f1"]: f1_score,
}
_MEANS = [METRICS[name] for name in ("accuracy", "top_k_accuracy", "binary_accuracy", "mean_absolute_error")]
_RUNNING: dict[type[Running], list[Metric]] = {
    RunningMean: _MEANS,
    RunningCounts: list(_OF_COUNTS),
    RunningRoot: [METRICS["root_mean_squared_error"]],
    RunningR2: [METRICS["r2_score"]],
}


def running(name: str, metric: Metric) -> Running:
    """Return a new running metric of the class that keeps least, as far as the metric is known."""
    return next((kind for kind, metrics in _RUNNING.items() if metric in metrics), RunningAll)(name, metric)
