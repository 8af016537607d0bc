"""Symptoms of targets: labels, and numbers to predict."""

from __future__ import annotations

import numpy as np

from ..._kernels.interface import Array
from ...printable import four_digits
from .case import Case
from .finding import Finding

FEWEST_SAMPLES = 50
"""Of fewer samples, equal numbers may be chance."""
FAR = 100
"""How many times as far from the middle as 95 % of the targets one is that no network can follow."""
REGRESSION = ("mean_squared_error", "l1", "huber")


def labels_in_order(case: Case) -> Finding | None:
    """Find labels that are sorted, where nothing is shuffled: each batch has one class."""
    if case.is_shuffled or case.labels is None or case.samples < FEWEST_SAMPLES:
        return None
    if case.batch_size is not None and case.batch_size >= case.samples:
        return None
    y = case.labels
    if (y[1:] < y[:-1]).any() or y[0] == y[-1]:
        return None
    return Finding(
        "labels are in order and nothing is shuffled, so that a batch has one class and the network forgets the others",
        "y",
        f"labels that rise from {y[0]} to {y[-1]}",
        "fit(..., shuffle=True)",
        "--shuffle",
    )


def one_class(case: Case) -> Finding | None:
    """Find that all samples have one label."""
    counts = case.class_counts
    if counts is None or case.samples < 2 or np.count_nonzero(counts) != 1:
        return None
    return Finding(
        "all samples have the same label, so that there is nothing to tell apart",
        "y",
        f"{int(counts.argmax())} for all {case.samples} samples",
        "labels of at least two classes into y",
        "samples of at least two classes into the data",
    )


def missing_classes(case: Case) -> Finding | None:
    """Find classes that the network has an output for, and no sample has."""
    counts = case.class_counts
    # Where each class is as likely, one of 20 K samples is missing once in e**20 / K times.
    if counts is None or case.samples < 20 * len(counts) or counts.all() or one_class(case):
        return None
    missing = np.flatnonzero(counts == 0)
    named = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
    present = len(counts) - len(missing)
    return Finding(
        "classes never occur, so that their outputs learn nothing",
        "y",
        f"no sample of {len(missing)} of {len(counts)} classes: {named}",
        f"Dense({present}) at the end, and labels of 0 to {present - 1}: y = np.unique(y, return_inverse=True)[1]",
        f"--class-names with those {present} that occur",
    )


def large_targets(case: Case) -> Finding | None:
    """Find numbers to predict that come in large units."""
    if case.loss_name not in REGRESSION or case.scales_outputs or not (y := case.targets).size:
        return None
    if max(-float(y.min()), float(y.max())) <= 100 or far_target(case):
        return None
    size = float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))
    # The targets of linear-small, linear-large (standardized) and the moons are at most 1.6. First outputs are about 1:
    # of targets of 100 the first gradients are 100 times as large, and usual rates overshoot.
    if size <= 100:
        return None
    return Finding(
        "targets come in large units, for which usual rates are too large or training takes long",
        "y",
        f"numbers of about {four_digits(size)}",
        "y = (y - y.mean(axis=0)) / y.std(axis=0), and turn predictions back",
        "--scale-targets",
    )


def one_target(case: Case) -> Finding | None:
    """Find that all samples have one number to predict."""
    y = _numbers(case)
    if y is None or case.samples < 2 or (y[0] != y[-1]).any() or (y != y[0]).any():
        return None
    return Finding(
        "all samples have the same target, so that there is nothing to predict",
        "y",
        f"{_listed(y[0])} for all {case.samples} samples",
        "targets that differ into y; print(y[:3]) shows what it holds",
        "another column behind --target",
    )


def far_target(case: Case) -> Finding | None:
    """Find a number to predict that is so far from all others that it alone makes the loss."""
    y = _numbers(case)
    if y is None or case.loss_name not in REGRESSION or case.samples < FEWEST_SAMPLES or y.ndim > 2:
        return None
    some = case.targets.astype(np.float64)
    middle = _quantile(some, 0.5)
    usual = float(_quantile(np.abs(some - middle).ravel(), 0.95))
    distance = np.abs(y - middle)
    # Of 512 numbers of a log-normal distribution with a spread of 2 the farthest one is at 15, of 1 / uniform at 25.
    if usual == 0 or not float(distance.max()) > FAR * usual:
        return None
    place = int(distance.reshape(len(y), -1).max(axis=1).argmax())
    row = place if case.rows is None else int(case.rows[place])
    return Finding(
        "a target is so far from all others that it alone makes the loss",
        f"y[{row}]",
        f"{_listed(y[place])}, where 95 % of all lie no farther than {four_digits(usual)} from {_listed(middle)}",
        f"the right number, or leave the sample out: x, y = np.delete(x, {row}, axis=0), np.delete(y, {row}, axis=0)",
        "the right number into the data, or leave its line out",
    )


def target_in_inputs(case: Case) -> Finding | None:
    """Find a column of x that is the target itself."""
    x, y = case.inputs, case.targets
    if not case.is_table or x.shape[-1] < 2 or case.samples < FEWEST_SAMPLES or y.size != len(x):
        return None
    y = y.reshape(-1)
    for index in np.flatnonzero((x[0] == y[0]) & (x[-1] == y[-1])):
        column = case.column(int(index)) if (x[:, index] == y).all() else None
        whole = case.y if case.rows is None or case.y is None else case.y[case.rows]
        if column is None or whole is None or (column != whole.reshape(-1)).any() or (column == column[0]).all():
            continue
        return Finding(
            "a column is the target itself, which nobody knows when there is something to predict",
            f"x, {case.column_name(int(index))}",
            f"the target of all {case.samples} samples",
            f"x = np.delete(x, [{index}], axis=1)",
            f"--drop {index}",
        )
    return None


def _quantile(values: Array, share: float) -> Array:
    """Return the number of each column below which a share lies; np.quantile takes several times as long."""
    ordered, place = np.sort(values, axis=0), share * (len(values) - 1)
    below = int(place)
    step: Array = ordered[min(below + 1, len(values) - 1)] - ordered[below]
    return ordered[below] + (place - below) * step


def _numbers(case: Case) -> Array | None:
    """Return what is to predict, numbers or yes and no, of all samples; None for classes, and where it is in a file."""
    y = case.y
    if (
        y is None
        or case.loss_name not in (*REGRESSION, "binary_cross_entropy")
        or isinstance(y, np.memmap)
        or not len(y)
    ):
        return None
    return y if case.rows is None else y[case.rows]


def _listed(row: Array) -> str:
    """Return the first few numbers of a target as text."""
    few = np.ravel(row)
    return ", ".join(four_digits(float(number)) for number in few[:3]) + (", ..." if few.size > 3 else "")


SYMPTOMS = (
    labels_in_order,
    one_class,
    one_target,
    missing_classes,
    far_target,
    target_in_inputs,
    large_targets,
)
