"""What each sample counts: its own weight, times that of its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..errors import DTypeError


def check_weight(sample_weight: Any, X: Array) -> Array | None:
    """Return the weight of each sample (N,) in the type of X, or None for none.

    Raises ValueError for weights below 0, and if no sample would count.
    """
    if sample_weight is None:
        return None
    weight = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
    if not weight.any():
        raise ValueError("sample_weight must be above 0 for at least one sample, got only zeros")
    return weight


def by_class(class_weight: Any, classes: Array, labels: Array, sample_weight: Array | None, X: Array) -> Array | None:
    """Return what each sample counts (N,): its weight, times that of its class.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        The weight of each label, 1 for a label that is not there. "balanced" lets all classes count the same.
    classes : array (K,)
        All labels, sorted.
    labels : array (N,)
        The label of each sample.
    sample_weight : array (N,) or None
        The weight of each sample.
    X : array (N, ...)
        Of the type that the result shall have.
    """
    if class_weight is None:
        return sample_weight
    weight = np.ones(len(X), X.dtype) if sample_weight is None else sample_weight
    table, numbers = np.ones(len(classes)), np.searchsorted(classes, labels)
    if isinstance(class_weight, str) and class_weight == "balanced":
        totals = np.bincount(numbers, weight, len(classes))
        table[totals > 0] = totals.sum() / (np.count_nonzero(totals) * totals[totals > 0])
    elif isinstance(class_weight, Mapping):
        known = classes.tolist()
        unknown = [label for label in class_weight if label not in known]
        if unknown and len(class_weight) - len(unknown) < len(known):  # else the data lack a class, as a fold may
            raise ValueError(f"class_weight must have labels that y has, {known}, got {unknown[0]!r}")
        for number, label in enumerate(known):
            table[number] = as_number(class_weight.get(label, 1), f"class_weight[{label!r}]", minimum=0)
    else:
        raise DTypeError(
            f"class_weight must be a dict such as {{{classes.tolist()[0]!r}: 10}}, 'balanced' or None, got "
            f"{class_weight!r}"
        )
    weighted = (weight * table[numbers]).astype(X.dtype, copy=False)
    if not weighted.any():
        raise ValueError(f"class_weight must be above 0 for at least one class that y has, got {class_weight!r}")
    return weighted


def with_mean_one(sample_weight: Array | None) -> Array | None:
    """Return weights whose mean is 1: weights of 2 for all samples must act like weights of 1."""
    return None if sample_weight is None else sample_weight * (len(sample_weight) / sample_weight.sum())
