"""Metrics by name, and functions of the user as metrics."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..arguments.functions import takes
from ..arguments.names import find_part
from ..errors import DTypeError
from .classification import (
    accuracy,
    binary_accuracy,
    macro_f1,
    macro_precision,
    macro_recall,
    right_answers,
    right_classes,
    top_k_accuracy,
)
from .regression import mean_absolute_error, r2_score, root_mean_squared_error

Metric: TypeAlias = Callable[[Array, Array], float]
"""A function of (outputs, targets)."""
TARGETS_FIRST = ("targets", "labels", "y_true")
"""If a metric's first argument has one of these names, it takes the targets before the outputs."""


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
    if len(names) >= 2 and names[0] in TARGETS_FIRST:
        return _TargetsFirst(function, *names[:2])
    if not takes(function, 2):  # such as a layer
        text = f"metrics must be names and functions of (outputs, targets), got {function!r}. Try: metrics=['accuracy']"
        raise DTypeError(text)
    return function


_OURS = {
    function: _as_metric(function)
    for function in (
        *(accuracy, top_k_accuracy, macro_precision, macro_recall, macro_f1),
        *(binary_accuracy, mean_absolute_error, root_mean_squared_error, r2_score),
    )
}
METRICS: dict[str, Metric] = {function.__name__: metric for function, metric in _OURS.items()}
"""Functions of (outputs, targets) by the names that `fit` and `evaluate` know."""
_RIGHT: dict[Metric, Callable[[Array, Array], Array]] = {
    METRICS["accuracy"]: right_classes,
    METRICS["binary_accuracy"]: right_answers,
}
"""The metrics that are shares of what is right, and the functions of (targets, outputs) that tell what is."""


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


def measure_each(name: str, metric: Metric, outputs: Array, targets: Array) -> list[float]:
    """Return a metric of each of several batches: outputs (batches, rows, ...), and targets that lie end to end.

    The figures are those of `measure`. A share of what is right is looked for in all batches at once: to ask for it
    takes longer than a step of a small network.
    """
    batches, rows = outputs.shape[:2]
    right = _RIGHT.get(metric) if type(metric) is _TargetsFirst else None
    if right is None:
        parts = [slice(start, start + rows) for start in range(0, batches * rows, rows)]
        return [measure(name, metric, batch, targets[part]) for batch, part in zip(outputs, parts, strict=True)]
    if batches == 1:
        found = right(targets, outputs[0])
        return [float(np.count_nonzero(found) / found.size)]
    found = right(targets, outputs.reshape(-1, *outputs.shape[2:])).reshape(batches, -1)
    figures: list[float] = (found.sum(axis=1) / found.shape[1]).tolist()
    return figures
