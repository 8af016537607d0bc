"""A loader of batches: another thread reads and augments the next batches while the network trains."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from queue import SimpleQueue
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import check_same_length, read_array
from ..arguments.attributes import Fixed
from ..arguments.explained import Explained
from ..arguments.functions import takes
from ..arguments.hyperparameters import as_count, as_flag, check_list
from ..arguments.seeds import as_seed
from ..arguments.shapes import as_integer
from ..errors import ShapeError
from ..system.digest import digest_of_samples
from ..training.settings_record import describe
from ..training.state_check import check_count, check_generator, check_names

Batch: TypeAlias = tuple[Array, ...]
Item: TypeAlias = tuple[Batch, Array, Any]


class Loader(Explained, Fixed):
    """Yield batches (x, y), or (x, y, sample_weight), in a new random order at each pass.

    ``net.fit(Loader(x, y, ...), loss=...)`` trains on the batches. Rows are read from the arrays only when their batch
    is made, so that a `numpy.memmap` may be larger than memory. Each pass runs a thread, which ends with the pass, also
    when the pass is stopped early.

    Parameters
    ----------
    x, y, sample_weight : array (N, ...), array (N, ...), array (N,) or None
        Not modified.
    batch_size : int
        The last batch of a pass may be smaller.
    shuffle : bool
        Whether each pass has its own random order.
    seed : int
        The seed of the order and the augmentation; the generators of the network are not used.
    augment : list of functions of (x, rng)
        Applied to the x of each batch, in this order; see `nnfs.augmentation`. They may change the dtype.
    prefetch : int
        How many batches may be ready ahead; 0 uses no thread. Memory holds this many batches and one more.

    Attributes
    ----------
    rows : ndarray of int64
        The row numbers of the last batch.

    Notes
    -----
    Run one pass at a time. Two passes at once draw from one generator, and their orders are not reproducible.
    """

    settable = frozenset({"rows"})

    def __init__(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int = 0,
        augment: Sequence[Callable[[Array, np.random.Generator], Array]] = (),
        prefetch: int = 2,
    ) -> None:
        named = {"x": x, "y": y} | ({} if sample_weight is None else {"sample_weight": sample_weight})
        self.arrays = [np.asarray(read_array(values, f"Loader: {name}")) for name, values in named.items()]
        for name, array in zip(named, self.arrays, strict=True):
            if not array.ndim or not len(array):
                raise ShapeError(f"Loader: {name} has no rows; at least one sample is needed")
            check_same_length(self.arrays[0], array, "Loader: x", name)
        self.batch_size = as_count(batch_size, "Loader: batch_size")
        self.shuffle = as_flag(shuffle, "Loader: shuffle")
        self.prefetch = as_integer(prefetch, "Loader: prefetch", minimum=0)
        check_list(augment, "Loader: augment", lambda each: takes(each, 2), "functions of (x, rng)")
        self.augment = augment
        self.seed = as_seed(seed)
        streams = np.random.SeedSequence(self.seed).spawn(2)
        self._shuffling, self._augmentation = map(np.random.default_rng, streams)
        self.rows: Array = np.empty(0, np.int64)
        self._skipped = self._taken = 0
        self._began: Any = None
        self._augmented: Any = None
        self._digest: str | None = None

    def __len__(self) -> int:
        """Return the number of batches of a pass."""
        return -(-len(self.arrays[0]) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one pass as tuples of new arrays."""
        rows, first, self._skipped = len(self.arrays[0]), self._skipped, 0
        self._taken, self._began = first, self._shuffling.bit_generator.state
        order = self._shuffling.permutation(rows) if self.shuffle else np.arange(rows)
        items = self._items(order[first * self.batch_size :])
        if self.prefetch:
            items = _in_a_thread(items, self.prefetch)
        try:
            for batch, self.rows, self._augmented in items:
                self._taken += 1
                yield batch
        finally:
            items.close()
        self._taken, self._began = 0, None

    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of the arguments and the arrays, as they are at the first call.

        Two loaders with equal digests yield equal batches. Of large arrays only a part is read, see
        `nnfs.system.digest.digest_of_samples`.
        """
        if self._digest is None:
            about = (self.batch_size, self.shuffle, self.seed, describe(self.augment))
            self._digest = digest_of_samples(self.arrays, repr(about).encode())
        return self._digest

    def state(self) -> dict[str, Any]:
        """Return the state that `load_state` takes to continue a pass, as a dict of numbers and texts only."""
        return {
            "shuffling": self._began or self._shuffling.bit_generator.state,
            "augmentation": self._augmented or self._augmentation.bit_generator.state,
            "taken": self._taken,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Let the next pass continue where the loader was when `state` was called.

        Raises FormatError for a dict that is no result of `state`; the loader is then unchanged.
        """
        check_names(state, self.state(), "Loader")
        check_count(state["taken"], "Loader: taken")
        check_generator(state["shuffling"], self._shuffling, "Loader: shuffling")
        check_generator(state["augmentation"], self._augmentation, "Loader: augmentation")
        self._shuffling.bit_generator.state = state["shuffling"]
        self._augmentation.bit_generator.state = state["augmentation"]
        self._skipped = state["taken"]
        self._taken, self._began, self._augmented = self._skipped, None, None

    def _items(self, order: Array) -> Generator[Item, None, None]:
        """Yield each batch with its rows and the state of the augmentation's generator after it.

        The generator itself may be ahead, because a thread makes batches in advance.
        """
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            x, *others = (array[rows] for array in self.arrays)
            for transform in self.augment:
                x = transform(x, self._augmentation)
            yield (x, *others), rows, self._augmentation.bit_generator.state


def _in_a_thread(items: Generator[Item, None, None], ahead: int) -> Generator[Item, None, None]:
    """Yield the items in order; a thread makes at most ``ahead`` of them in advance, and ends with this generator."""
    made: SimpleQueue[Item | BaseException | None] = SimpleQueue()
    room = threading.Semaphore(ahead)
    is_over = False

    def make() -> None:
        try:
            while room.acquire() and not is_over:
                item = next(items, None)
                made.put(item)
                if item is None:
                    return
        except BaseException as error:
            made.put(error)

    thread = threading.Thread(target=make, name="nnfs-loader", daemon=True)
    thread.start()
    try:
        while (item := made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            room.release()
            yield item
    finally:
        is_over = True
        room.release()
        thread.join()
        items.close()
