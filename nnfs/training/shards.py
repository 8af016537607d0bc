"""Shards of a batch: what is summed over a batch is summed by shard, and the sums are added in a fixed tree.

Shard i of S takes the rows i N // S to (i + 1) N // S of a batch of N rows. With n[i] the rows of a shard and v[i] a
mean over them, the mean over the batch is the sum of n[i] v[i], divided by N. The sum is that of a binary tree: shards
0 and 1, shards 2 and 3, then both sums, and so on. Its order depends on S alone, and so do the bits of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count
from ..errors import ShapeError
from ..ranks.ranks import ALONE, Ranks
from .array_batches import ArrayBatches
from .batches import Batches

if TYPE_CHECKING:
    from ..network.network import Network

USES = ("dropout", "augmentation")
"""The generators of a network that draw for a shard; the place of a name here is part of what they draw."""


class Shards:
    """Divide each batch of a training into ``count`` shards.

    Parameters
    ----------
    count : int
        How many shards there are, a power of two.
    ranks : Ranks
        The processes that train together; each takes as many neighbouring shards as the others.
    """

    def __init__(self, count: int, ranks: Ranks = ALONE) -> None:
        self.count, self.ranks = as_count(count, "fit: shards"), ranks
        if self.count & (self.count - 1):
            below = 1 << (self.count.bit_length() - 1)
            raise ValueError(
                f"fit: shards must be a power of two, got {self.count}; write shards={below} or shards={2 * below}"
            )
        if self.count % ranks.size:
            raise ValueError(
                f"fit: shards={self.count} cannot be divided among {ranks.size} processes; start "
                f"{', '.join(str(1 << level) for level in range(self.count.bit_length()))} of them, or give more shards"
            )
        self.each = self.count // ranks.size
        """How many shards a rank takes."""

    def own(self, rows: int) -> slice:
        """Return the rows of a batch of ``rows`` rows that this rank takes."""
        first = self.ranks.rank * self.each
        return slice(first * rows // self.count, (first + self.each) * rows // self.count)

    def divide(self, rows: int) -> Division:
        """Return the shards of a batch of ``rows`` rows that this rank takes."""
        return Division(self, rows)

    def check(self, network: Network, batches: Batches) -> None:
        """Raise ShapeError where a layer needs more samples than the smallest shard of arrays has."""
        if not isinstance(batches, ArrayBatches) or batches.accumulate > 1:
            return
        smallest = max(1, batches.smallest // self.count)
        for name, chain, index in network.layers.walk():
            fewest = chain[index].fewest_samples(chain.shapes[index])
            if smallest < fewest:
                raise ShapeError(
                    f"fit: layer {name}, {chain[index]!r}, needs at least {fewest} samples in each shard of a batch, "
                    f"but shards={self.count} of the last batch, {batches.smallest} samples, leave {smallest}; choose "
                    "fewer shards or another batch_size"
                )


class Division:
    """The shards of one batch that this rank takes.

    Parameters
    ----------
    shards : Shards
        What divides each batch.
    rows : int
        How many rows the batch has on all ranks.

    Attributes
    ----------
    parts : list of (int, slice)
        Index and rows of each shard that is not empty; rows are counted from the first one of this rank.
    """

    def __init__(self, shards: Shards, rows: int) -> None:
        self.rows, self.ranks, self._each, self._count = rows, shards.ranks, shards.each, shards.count
        self._first = self.ranks.rank * self._each
        starts = [self._start(index) for index in range(self._first, self._first + self._each + 1)]
        parts = [slice(start - starts[0], stop - starts[0]) for start, stop in pairwise(starts)]
        self.parts = [(self._first + index, part) for index, part in enumerate(parts) if part.start < part.stop]

    def mean(self, results: Sequence[Array], measure: Callable[[int, slice], Sequence[Array]]) -> None:
        """Replace arrays by means over the whole batch, those of all ranks.

        Parameters
        ----------
        results : list of ndarray
            Where the means go.
        measure : function of (index, rows)
            Returns arrays like the results, which may be these themselves: means over a shard of `parts`. It is called
            for one shard after the other.
        """
        parts = dict(self.parts)

        def total(first: int, count: int) -> list[Array] | None:
            if count == 1:
                part = parts.get(first)
                return None if part is None else [array * (part.stop - part.start) for array in measure(first, part)]
            left, right = total(first, count // 2), total(first + count // 2, count // 2)
            if left is None or right is None:
                return right if left is None else left
            return [np.add(array, other, out=array) for array, other in zip(left, right, strict=True)]

        sums = self.ranks.add_up(total(self._first, self._each) or results, self._has_rows)
        for result, array in zip(results, sums, strict=True):
            np.divide(array, self.rows, out=result)

    def _has_rows(self, first: int, last: int) -> bool:
        return self._start(first * self._each) < self._start(last * self._each)

    def _start(self, index: int) -> int:
        return index * self.rows // self._count


@contextmanager
def drawing(network: Network, use: str, step: int, shard: int) -> Iterator[Any]:
    """Let a generator of a network draw what the seed, the step and the shard say; it is as before after the block."""
    generator = getattr(network, use).bit_generator
    before = generator.state
    seed = np.random.SeedSequence(network.seed, spawn_key=(USES.index(use), step, shard))
    generator.state = type(generator)(seed).state
    try:
        yield getattr(network, use)
    finally:
        generator.state = before
