"""Batches: where training and evaluation take their samples from, whatever holds them.

Arrays in memory are checked once, before anything begins. Of memory-mapped arrays, which may be larger than memory,
and of iterables, each batch is checked when its turn comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import check_finite, check_same_length, read_array
from ..errors import DTypeError, ShapeError
from .array_batches import ArrayBatches
from .gate import Gate
from .iterable_batches import IterableBatches, describe_kind

Batches: TypeAlias = ArrayBatches | IterableBatches


def as_batches(
    x: Any,
    y: Any,
    sample_weight: Any,
    gate: Gate,
    *,
    batch_size: int | None,
    default_size: int,
    rng: np.random.Generator | None = None,
    steps_per_epoch: int | None = None,
    which: str = "",
    accumulate: int = 1,
) -> Batches:
    """Return the batches of arrays x and y, or of an iterable x where y is None.

    ``default_size`` is what a ``batch_size`` of None stands for, with arrays.

    Raises ShapeError, DTypeError, ValueError or NumericError for what does not fit, as far as it is in memory.
    """
    x, y, kept = gate.facts.prepared_with_targets(x, y, gate.dtype)
    if sample_weight is not None and not isinstance(kept, slice):
        sample_weight = np.asarray(sample_weight)
        if sample_weight.shape != kept.shape:
            raise ShapeError(
                f"{which}sample_weight must have shape {kept.shape}, one weight a row of the table, got "
                f"{sample_weight.shape}"
            )
        sample_weight = sample_weight[kept]
    if y is None:
        if isinstance(x, np.ndarray | str | bytes | Mapping) or not isinstance(x, Iterable):
            raise DTypeError(
                f"{which}y is missing: give x and y, or an iterable of batches (x, y); got {describe_kind(x)} alone"
            )
        if sample_weight is not None:
            raise ValueError(
                f"{which}sample_weight goes with arrays; of an iterable, each batch is (x, y, sample_weight)"
            )
        if batch_size is not None:
            raise ValueError(
                f"{which}batch_size goes with arrays; an iterable has batches of its own size: leave batch_size out, "
                f"or give it to what makes them, such as nnfs.data.Loader(..., batch_size={batch_size})"
            )
        return IterableBatches(x, gate, which, steps_per_epoch=steps_per_epoch, accumulate=accumulate)
    if steps_per_epoch is not None:
        raise ValueError(
            "steps_per_epoch goes with an iterable of batches; of arrays, an epoch takes every sample once"
        )
    how: dict[str, Any] = {"gate": gate, "rng": rng, "which": which, "accumulate": accumulate}
    how["batch_size"] = batch_size or default_size
    if not isinstance(x, np.memmap) and not isinstance(y, np.memmap):
        x, y, weights = gate.check_rows(x, y, sample_weight, which)
        _check_any(weights, which)
        return ArrayBatches(x, y, weights, is_checked=True, **how)
    is_in_memory = not isinstance(y, np.memmap)
    x, y = read_array(x, f"{which}x"), read_array(y, f"{which}y")
    check_same_length(np.atleast_1d(x), np.atleast_1d(y), f"{which}x", f"{which}y")
    weights = None if sample_weight is None else read_array(sample_weight, f"{which}sample_weight")
    if weights is not None and weights.shape != (len(x),):
        raise ShapeError(f"{which}sample_weight must have shape ({len(x)},), one weight a sample, got {weights.shape}")
    if is_in_memory:  # what is wrong is told before an epoch is lost on it
        check_finite(gate.check_targets(y, f"{which}y"), f"{which}y")
    gate.check_rows(x[:1], y[:1], None if weights is None else weights[:1], which)
    _check_any(weights, which)
    return ArrayBatches(x, y, weights, is_checked=False, **how)


def _check_any(weights: Array | None, which: str) -> None:
    if weights is not None and not weights.any():
        raise ValueError(f"{which}sample_weight is 0 for every sample, so that none would count")
