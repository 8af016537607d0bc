"""The values of a graph that do not depend on its input, computed once; some depend on how many samples it is given.

Exporters write ``x.view(x.size(0), -1)`` as operators that take the shape of x apart. Such a value is computed for two
sizes of the batch: what is equal in both is a constant, and what differs must be the size of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..._kernels.interface import Array
from ...errors import UnsupportedError
from .node import Node
from .operators import run_node
from .steps import Step

OF_SHAPES = ("Shape", "Size")
"""The operators whose output depends on the shape of their input alone."""
Folded = tuple[Array, ...]
"""A value: one array, or one for each of the two sizes of the batch."""


def batches(batch: int | None) -> tuple[int, ...]:
    """Return the sizes of the batch for which values are computed: two, unless the file fixes one."""
    return (2, 3) if batch is None else (batch,)


def fold(node: Node, inputs: Sequence[Folded | None]) -> list[Folded]:
    """Run a node whose inputs are all folded, and return its outputs."""
    runs = max((len(arrays) for arrays in inputs if arrays), default=1)
    results = [
        run_node(node, [arrays[run % len(arrays)] if arrays else None for arrays in inputs]) for run in range(runs)
    ]
    return [_merged(arrays) for arrays in zip(*results, strict=True)]


def fold_shape(node: Node, x: Step) -> list[Folded]:
    """Return the output of Shape or Size for a value that layers compute."""
    empty = np.zeros((), x.dtype)
    samples = [np.broadcast_to(empty, (batch, *x.value_shape)) for batch in batches(x.batch)]
    return [_merged(tuple(run_node(node, [array])[0] for array in samples))]


def _merged(arrays: Folded) -> Folded:
    return arrays[:1] if all(np.array_equal(array, arrays[0]) for array in arrays) else arrays


def without_batch(arrays: Folded, batch: int | None) -> Array:
    """Return a folded value as one array; the size of the batch at the front of a shape becomes 0, as Reshape has it.

    Raises UnsupportedError where the number of samples decides anything else.
    """
    first = arrays[0]
    if len(arrays) == 1:
        return first
    rest_is_equal = first.ndim == 1 and all(np.array_equal(array[1:], first[1:]) for array in arrays)
    if not rest_is_equal or any(array[0] != size for array, size in zip(arrays, batches(batch), strict=True)):
        raise UnsupportedError("an input depends on the number of samples, which no layer of nnfs knows")
    return np.concatenate([np.zeros(1, first.dtype), first[1:]])
