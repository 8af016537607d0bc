"""Shards of a batch: what is summed over a batch is summed by shard, and the sums are added in a fixed tree.

Shard i of S takes the rows i N // S to (i + 1) N // S of a batch of N rows. With n[i] the rows of a shard and v[i] a
mean over them, the mean over the batch is the sum of n[i] v[i], divided by N. The sum is that of a binary tree: shards
0 and 1, shards 2 and 3, then both sums, and so on. Its order depends on S alone, and so do the bits of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count
from ..errors import ShapeError
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
    """

    def __init__(self, count: int) -> None:
        self.count = as_count(count, "fit: shards")
        if self.count & (self.count - 1):
            below = 1 << (self.count.bit_length() - 1)
            raise ValueError(
                f"fit: shards must be a power of two, got {self.count}; write shards={below} or shards={2 * below}"
            )

    def parts(self, rows: int) -> list[slice]:
        """Return the rows of each shard of a batch of ``rows`` rows; where rows are few, some are empty."""
        return [slice(index * rows // self.count, (index + 1) * rows // self.count) for index in range(self.count)]

    def mean(self, rows: int, measure: Callable[[int, slice], list[Array]]) -> list[Array]:
        """Return the means over a batch of ``rows`` rows, given a function that returns new arrays of means of a shard.

        It is called with the index and the rows of each shard that is not empty, one after the other.
        """
        parts = self.parts(rows)

        def total(first: int, count: int) -> list[Array] | None:
            if count == 1:
                part = parts[first]
                size = part.stop - part.start
                return [np.multiply(array, size, out=array) for array in measure(first, part)] if size else None
            left, right = total(first, count // 2), total(first + count // 2, count // 2)
            if left is None or right is None:
                return right if left is None else left
            return [np.add(array, other, out=array) for array, other in zip(left, right, strict=True)]

        sums = total(0, self.count)
        assert sums is not None
        return [np.divide(array, rows, out=array) for array in sums]

    def measure(self, rows: int, measure: Callable[[slice], float]) -> float:
        """Return the mean over a batch of ``rows`` rows of a figure that is a mean over the rows of a shard."""
        return float(self.mean(rows, lambda _, part: [np.array([measure(part)])])[0][0])

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
