"""Symptoms of the samples to validate on, beside those to train on."""

from __future__ import annotations

import numpy as np

from ..._kernels.interface import Array
from ...printable import four_digits
from .case import Case
from .finding import Finding

LOOKED_FOR, MOST_ALIKE = 8, 64
"""How many samples are looked for among those to train on, and how many of these may be like one in four columns."""
UNLIKE = 10


def validated_on_training(case: Case) -> Finding | None:
    """Find that samples to validate on are among those to train on, in any order."""
    if case.validation is None or case.x is None or isinstance(case.x, np.memmap) or case.rows is not None:
        return None
    x = case.validation[0]
    some = x[:: -(-len(x) // LOOKED_FOR)]
    some, known = some.reshape(len(some), -1), case.x.reshape(len(case.x), -1)
    columns = case.inputs.reshape(len(case.inputs), -1).var(axis=0).argsort()[-4:]
    # A sample that is there more than once may come again by chance, as rows of a few yes and no do.
    found = 0
    for looked, sample in enumerate(some, start=1):
        found += _times(known, sample, columns) == 1
        if looked - found > 0.25 * len(some):
            return None
    if len(some) < 2:
        return None
    share = f"all {found}" if found == len(some) else f"{found} of {len(some)}"
    return Finding(
        "validation takes the samples that are trained on, so that it cannot show what the network does on others",
        "validation_data",
        f"{share} samples that were looked for among the training samples",
        "fit(..., validation_split=0.1), without validation_data",
        "--validation-split 0.1, without --validation-data",
    )


def unlike_validation(case: Case) -> Finding | None:
    """Find samples to validate on that have another scale than those to train on."""
    if case.validation is None or case.inputs.size < 2:
        return None
    x = case.validation[0]
    some = x[:: -(-len(x) // len(case.inputs))]
    middle, spread = _middle(case.inputs)
    other_middle, other_spread = _middle(some)
    if len(some) < LOOKED_FOR or spread == 0:
        return None
    if spread / UNLIKE < other_spread < UNLIKE * spread and abs(other_middle - middle) < UNLIKE * spread:
        return None
    return Finding(
        "validation samples have another scale than those to train on, so that their loss says little",
        "validation_data",
        f"numbers around {four_digits(other_middle)} with a spread of {four_digits(other_spread)}, and of x around "
        f"{four_digits(middle)} with {four_digits(spread)}",
        "validation_data=(scaler.transform(x), y), with the scaler that was fitted to the training samples",
        "validation data in the units of the training data",
    )


def _times(known: Array, sample: Array, columns: Array) -> int:
    """Return how many rows of ``known`` are this sample; 0 where too many share its numbers in these columns."""
    alike = np.flatnonzero(known[:, columns[-1]] == sample[columns[-1]])
    for column in columns[-2::-1]:
        alike = alike[known[alike, column] == sample[column]]
    if not 0 < len(alike) <= MOST_ALIKE:
        return 0
    return int((known[alike] == sample).all(axis=1).sum())


def _middle(x: Array) -> tuple[float, float]:
    return float(x.mean(dtype=np.float64)), float(x.std(dtype=np.float64))


SYMPTOMS = (validated_on_training, unlike_validation)
