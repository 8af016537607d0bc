"""Symptoms of inputs: their scales, and columns and samples that say nothing."""

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


def equal_samples(case: Case) -> Finding | None:
    """Find that all samples are equal, such as zeros."""
    x = case.inputs
    if case.samples < 2 or len(x) < 2 or (x[0] != x[-1]).any() or (x != x[0]).any():
        return None
    if case.x is None or isinstance(case.x, np.memmap) or any((part != x[0]).any() for part in case.parts(case.x)):
        return None
    return Finding(
        "all samples are equal, so that there is nothing to tell apart",
        "x",
        f"numbers from {x[0].min():g} to {x[0].max():g}, the same in all {case.samples} samples",
        "x with samples that differ; print(x[:3]) shows what it holds",
        "samples that differ into the data",
    )


def constant_columns(case: Case) -> Finding | None:
    """Find columns that hold one number; not those of zeros, which change nothing, as at the border of an image."""
    x = case.inputs
    if not case.is_table or case.samples < FEWEST_SAMPLES or not (x[0] == x[-1]).any() or equal_samples(case):
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


def _repeated(values: np.ndarray) -> np.ndarray:
    found, counts = np.unique(values, return_counts=True)
    return found[counts > 1]


def _are_equal(case: Case, one: int, other: int) -> bool:
    first, second = case.column(one), case.column(other)
    return first is not None and second is not None and bool((first == second).all())


SYMPTOMS = (raw_pixels, unscaled_columns, equal_samples, constant_columns, duplicate_columns)
