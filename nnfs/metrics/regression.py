"""Metrics of regression: how far predicted numbers are from their targets."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .arrays import as_pair, by_name


@quietly
def mean_absolute_error(targets: Array, outputs: Array) -> float:
    """Return the mean of |y - t| over all numbers of outputs y and targets t; NaN for no samples.

    The two arrays have one shape, or (N,) and (N, 1), and may come in either order; not modified. Any other shapes
    raise ShapeError.
    """
    targets, outputs = as_pair(targets, outputs, "mean_absolute_error")
    return float(np.abs(np.subtract(outputs, targets, dtype=np.float64)).mean()) if len(targets) else float("nan")


@quietly
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
