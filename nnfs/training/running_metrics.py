"""Running metrics: the figure of all batches so far, most of them in memory that does not grow with the samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..metrics import METRICS, Metric, as_pair, confusion_of_scores, f1_score, macro, measure, precision, recall
from ..system.floating_point import quietly


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
    """The confusion matrix, and the mean over the classes that occur of what the metric takes from it."""

    matrix: Array | int = 0

    def add(self, outputs: Array, targets: Array) -> None:
        """Count what each class was taken for."""
        self.matrix = self.matrix + confusion_of_scores(targets, outputs, self.name)

    def figure(self) -> float:
        """Return the mean over classes."""
        return macro(_OF_COUNTS[self.metric], np.asarray(self.matrix))


class RunningRoot(Running):
    """The mean of squares, by its samples, and the root of `root_mean_squared_error` at the end."""

    mean, samples = 0.0, 0

    def add(self, outputs: Array, targets: Array) -> None:
        """Move the mean of the squares to that of the batches so far."""
        if not len(targets):
            return
        self.samples += len(targets)
        self.mean += (self.metric(outputs, targets) ** 2 - self.mean) * (len(targets) / self.samples)

    def figure(self) -> float:
        """Return the root of the mean; NaN for no samples."""
        return math.sqrt(self.mean) if self.samples else math.nan


class RunningR2(Running):
    """The sums of `r2_score`; those about the mean are joined as by Chan, Golub and LeVeque (1979)."""

    samples, residual, total = 0, 0.0, 0.0
    mean: Any = 0.0
    first: Any = None
    varied = False

    @quietly
    def add(self, outputs: Array, targets: Array) -> None:
        """Add the sums, and move the mean of the targets."""
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
    """Return a new running metric, with the least to remember that is known to do."""
    return next((kind for kind, metrics in _RUNNING.items() if metric in metrics), RunningAll)(name, metric)
