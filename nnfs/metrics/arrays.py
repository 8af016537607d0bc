"""The arrays of a metric, checked: labels with scores, pairs of one shape, and arrays that are given by name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, ShapeError

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
                f"{function.__name__} takes its arrays by name, because their order cannot be checked: got "
                f"{len(arrays)} without a name; write {function.__name__}({line})"
            )
        return function(**arguments)

    return named  # type: ignore[return-value]


def labels_and_scores(labels: Array, outputs: Array, metric: str) -> tuple[Array, Array]:
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
        check_labels(labels, outputs.shape[1], f"{metric}: labels")
    return labels, outputs


def check_integers(labels: Array, argument: str) -> None:
    """Raise DTypeError, which names ``argument``, for labels of another type than integers."""
    if labels.size and labels.dtype.kind not in "iu":
        raise DTypeError(f"{argument} must hold integers, got {labels.dtype}")


def check_labels(labels: Array, classes: int, argument: str) -> None:
    """Raise DTypeError or ValueError, which name ``argument``, for labels other than integers from 0 to classes - 1."""
    # Read as unsigned, a negative label is a huge number: one comparison finds labels below 0 and above classes - 1.
    if labels.dtype == np.int64 and labels.size and np.maximum.reduce(labels.view(np.uint64)) < classes:
        return
    check_integers(labels, argument)
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"{argument}[{row}] is {labels[row]}, wanted a class from 0 to {classes - 1}")


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
