"""Symptoms of data: scales of inputs and targets, columns that say nothing, labels."""

from __future__ import annotations

import numpy as np

from ...arguments.pixels import divisor_for
from ...printable import four_digits
from .case import Case
from .finding import Finding

FEWEST_SAMPLES = 50
"""Of fewer samples, equal numbers may be chance."""
SUMMED_ROWS = 64
"""Of how many rows the columns' sums are compared."""
REGRESSION = ("mean_squared_error", "l1", "huber")
STANDARDIZE = ("x = nnfs.data.Standardizer.fit(x).transform(x)", "--standardize")


def raw_pixels(case: Case) -> Finding | None:
    """Find inputs that are pixels: whole numbers of 0 to 255, and in images numbers of up to 65535, whole or not."""
    x = case.inputs
    if not x.size or case.is_normalized or (case.is_table and x.shape[1] < 16):
        return None
    low, high = case.reach
    if high <= 100 or low < 0:
        return None
    # The digits of scikit-learn, 0 to 16, train well as they are; images of bytes reach beyond 200 in any 10 of them.
    divisor = divisor_for(high) if high <= 255 or not case.is_table else None
    is_whole = bool((x == np.rint(x)).all())
    if divisor is None or (case.is_table and not is_whole):
        return None
    return Finding(
        f"the inputs are pixels of 0 to {divisor}, for which first weights and rates are too large",
        "x",
        f"{'whole ' if is_whole else ''}numbers up to {high:g}",
        f"x = x / {divisor}",
        f"numbers divided by {divisor} into the data",
    )


def unscaled_columns(case: Case) -> Finding | None:
    """Find columns of very unlike spread, and those in large units."""
    x = case.inputs
    if not case.is_table or case.is_normalized or len(x) < 2 or case.reach[1] - case.reach[0] <= 10:
        return None
    spread = x.std(axis=0, dtype=np.float64)
    widest = int(spread.argmax())
    # Standardized columns, pixels of 0 to 1 and the moons have a spread up to 1, the digits of scikit-learn up to 7;
    # their smallest one may be tiny, at the border of an image, and does no harm. Of wine it is 0.1 to 315.
    if spread[widest] <= 10 or raw_pixels(case):
        return None
    narrowest = int(np.where(spread > 0, spread, np.inf).argmin())
    if spread[widest] > 100 * spread[narrowest]:
        return Finding(
            "columns have very unlike scales, so that no rate fits all of them",
            f"x, {case.column_name(widest)}",
            f"a spread of {four_digits(spread[widest])}, and {four_digits(spread[narrowest])} in "
            f"{case.column_name(narrowest)}",
            *STANDARDIZE,
        )
    if spread[widest] <= 100:
        return None
    return Finding(
        "columns come in large units, for which first weights and rates are too large",
        f"x, {case.column_name(widest)}",
        f"a spread of {four_digits(spread[widest])}",
        *STANDARDIZE,
    )


def constant_columns(case: Case) -> Finding | None:
    """Find columns that hold one number; not those of zeros, which change nothing, as at the border of an image."""
    x = case.inputs
    if not case.is_table or case.samples < FEWEST_SAMPLES or not (x[0] == x[-1]).any():
        return None
    candidates = np.flatnonzero((x == x[0]).all(axis=0) & (x[0] != 0))
    columns = ((int(index), case.column(int(index))) for index in candidates)
    found = [index for index, column in columns if column is not None and (column == column[0]).all()]
    if not found:
        return None
    return Finding(
        "a column holds one number only, from which nothing can be learned",
        f"x, {case.column_name(found[0])}",
        f"{x[0, found[0]]:g} in all {case.samples} rows" + (f", {len(found)} such columns" if len(found) > 1 else ""),
        f"x = np.delete(x, {found[:10]}, axis=1)",
        "a table without it",
    )


def duplicate_columns(case: Case) -> Finding | None:
    """Find columns that are equal to one before them."""
    x = case.inputs
    if not case.is_table or x.shape[1] < 2 or case.samples < FEWEST_SAMPLES:
        return None
    if len(set(x[0].tolist())) == len(x[0]):
        return None
    first: dict[bytes, int] = {}
    # Equal sums are cheap to find, and few columns have them by chance. A matrix product would round them unlike.
    few = x[:SUMMED_ROWS]
    sums = (np.arange(1.0, len(few) + 1, dtype=x.dtype)[:, None] * few).sum(axis=0)
    if not len(repeated := _repeated(sums)):
        return None
    alike = [int(c) for c in np.flatnonzero(np.isin(sums, repeated)) if (x[:, c] != x[0, c]).any()]
    for index in alike:
        other = first.setdefault(x[:, index].tobytes(), index)
        if other != index and _are_equal(case, other, index):
            return Finding(
                "two columns are equal, so that one of them adds nothing",
                f"x, {case.column_name(index)}",
                f"the numbers of {case.column_name(other)} in all {case.samples} rows",
                f"x = np.delete(x, {index}, axis=1)",
                "a table without one of them",
            )
    return None


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


def validated_on_training(case: Case) -> Finding | None:
    """Find that the samples to validate on are those to train on."""
    if case.validation is None or case.x is None or isinstance(case.x, np.memmap) or case.rows is not None:
        return None
    x, y = case.validation
    # A few rows are enough to tell others apart.
    if len(x) != case.samples or not np.array_equal(x[:SUMMED_ROWS], case.x[:SUMMED_ROWS]):
        return None
    if y is None or case.y is None or not np.array_equal(x, case.x) or not np.array_equal(y, case.y):
        return None
    return Finding(
        "validation takes the samples that are trained on, so that it cannot show what the network does on others",
        "validation_data",
        f"the same {case.samples} samples",
        "fit(..., validation_split=0.1), without validation_data",
        "--validation-split 0.1, without --validation-data",
    )


def large_targets(case: Case) -> Finding | None:
    """Find numbers to predict that come in large units."""
    if case.loss_name not in REGRESSION or case.scales_outputs or not (y := case.targets).size:
        return None
    if max(-float(y.min()), float(y.max())) <= 100:
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


def _repeated(values: np.ndarray) -> np.ndarray:
    found, counts = np.unique(values, return_counts=True)
    return found[counts > 1]


def _are_equal(case: Case, one: int, other: int) -> bool:
    first, second = case.column(one), case.column(other)
    return first is not None and second is not None and bool((first == second).all())


OF_A_BATCH = (raw_pixels, unscaled_columns, large_targets)
"""Those that a batch shows, where samples come from an iterable."""
SYMPTOMS = (
    raw_pixels,
    unscaled_columns,
    constant_columns,
    duplicate_columns,
    labels_in_order,
    one_class,
    missing_classes,
    large_targets,
    validated_on_training,
)
