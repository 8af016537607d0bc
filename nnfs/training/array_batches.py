"""Batches of arrays: rows in memory, or of memory-mapped arrays, in a new random order for each epoch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import NumericError
from ..layers.scratch import Scratch
from ..losses import LABELS
from ..system.digest import digest_of_samples
from .gate import ROW, Batch, Gate, row_named


class ArrayBatches:
    """Give the rows of arrays x, y and weights, a batch at a time.

    Parameters
    ----------
    x, y, weights : array, array, array or None
        N samples each; not modified.
    batch_size : int
        The last batch of an epoch may be smaller.
    rng : numpy.random.Generator or None
        Where a new order for each epoch comes from; None keeps the order of the arrays.
    rows : ndarray of int64, or None
        The rows to give; None is all of them.
    gate : Gate
        What checks each batch.
    is_checked : bool
        Whether the arrays were checked as a whole. Then each batch of labels is looked at once more, for a callback may
        change them in place, and a label is where a kernel writes.
    which : str
        What stands before the names x and y in errors.
    accumulate : int
        How many batches a step takes: they come end to end in one array.
    """

    def __init__(
        self,
        x: Array,
        y: Array,
        weights: Array | None,
        *,
        batch_size: int,
        gate: Gate,
        is_checked: bool,
        rng: np.random.Generator | None = None,
        rows: Array | None = None,
        which: str = "",
        accumulate: int = 1,
    ) -> None:
        self.x, self.y, self.weights = x, y, weights
        self.batch_size, self.rng, self.rows, self.gate, self.which = batch_size, rng, rows, gate, which
        self.is_checked, self.accumulate = is_checked, accumulate
        self._began: Mapping[str, Any] | None = None
        self._digest: str | None = None
        self._scratch = Scratch()

    def only(self, rows: Array, **changes: Any) -> ArrayBatches:
        """Return the batches of these rows (K,), int64; ``changes`` are arguments that are to be others."""
        kept = {
            name: getattr(self, name) for name in ("batch_size", "gate", "is_checked", "rng", "which", "accumulate")
        }
        return ArrayBatches(self.x, self.y, self.weights, rows=rows, **kept | changes)

    def targets(self, rows: slice = slice(None)) -> Array:
        """Return rows of y as the loss needs them; those of memory-mapped arrays are read and checked here."""
        y = self.y[rows]
        return y if self.is_checked else self.gate.check_targets(y, f"{self.which}y")

    @property
    def samples(self) -> int:
        """How many samples an epoch has."""
        return len(self.x) if self.rows is None else len(self.rows)

    @property
    def steps(self) -> int:
        """How many steps an epoch has."""
        return -(-self.samples // self.step_rows)

    @property
    def step_rows(self) -> int:
        """How many samples a step takes; the last one of an epoch may take fewer."""
        return self.batch_size * self.accumulate

    @property
    def pass_rows(self) -> int | None:
        """How many samples of a step go through the network at once; None for all."""
        return self.batch_size if self.accumulate > 1 else None

    @property
    def smallest(self) -> int:
        """How many samples the last batch of an epoch has; no other has fewer."""
        return (self.samples - 1) % self.batch_size + 1

    def epoch(
        self, taken: int = 0, together: Callable[[], int] = lambda: 1, own: Callable[[int], slice] = slice
    ) -> Generator[Batch, None, None]:
        """Yield the samples of each step of one epoch, without the first ``taken``; they are valid until the next ones.

        Those of as many steps as ``together()`` allows come as one array, end to end. Of N samples, those of
        ``own(N)`` are read, which are all where nothing is given.
        """
        order = self.order()
        stop = taken * self.step_rows
        while stop < self.samples:
            start, whole = stop, (self.samples - stop) // self.step_rows
            stop += self.step_rows * max(1, min(whole, together()))
            part = own(min(stop, self.samples) - start)
            first, last = start + (part.start or 0), start + part.stop
            rows = slice(first, last) if order is None else order[first:last]
            x, y = self._take("x", self.x, rows), self._take("y", self.y, rows)
            weights = None if self.weights is None else self._take("weights", self.weights, rows)
            try:
                if not self.is_checked and first < last:
                    x, y, weights = self.gate.check_rows(x, y, weights, self.which)
                elif self.is_checked and y.dtype == LABELS:
                    self.gate.check_targets(y, f"{self.which}y")
            except (ValueError, NumericError) as error:
                if (row := row_named(error)) is None:
                    raise
                place = first + row if order is None else int(order[first + row])
                text = ROW.sub(rf"\g<1>[{place}", str(error))
                raise getattr(error, "reworded", ValueError)(text) from None
            yield x, y, weights

    def epochs(self, count: int) -> tuple[Array, Array]:
        """Return x and y of the next whole epochs, end to end; valid until the next ones. The arrays were checked."""
        orders = [self.order() for _ in range(count)]
        rows = np.concatenate([np.arange(self.samples) if order is None else order for order in orders])
        return self._take("x", self.x, rows), self._take("y", self.y, rows)

    def order(self) -> Array | None:
        """Return the rows of the next epoch in their order, which is drawn here; None for that of the arrays."""
        if self.rng is None:
            return self.rows
        self._began = self.rng.bit_generator.state
        order = self.rng.permutation(self.samples)
        return order if self.rows is None else self.rows[order]

    def close(self) -> None:
        """Close what a training has opened: nothing, with arrays."""

    def state(self) -> dict[str, Any]:
        """Return the state of the generator before the epoch that began last, from which its order is drawn again."""
        return {"began": self._began}

    def load_state(self, state: dict[str, Any], taken: int) -> None:
        """Go on in the epoch whose `state` this is: the next call of `epoch` has its order, and ``taken`` are done."""
        if taken and self.rng is not None:
            self.rng.bit_generator.state = state["began"]

    def digest(self) -> str:
        """Return a SHA-256 of the arrays, see `digest_of_samples`; later calls return that of the first."""
        if self._digest is None:
            self._digest = digest_of_samples((self.x, self.y, self.weights))
        return self._digest

    def _take(self, name: str, values: Array, rows: Array | slice) -> Array:
        if isinstance(rows, slice) or not self.is_checked:
            return values[rows]  # np.take would first copy the whole of an array that is not as kernels need it
        batch = self._scratch.empty(name, (len(rows), *values.shape[1:]), values.dtype)
        # mode="clip" lets NumPy write straight into ``out``; every row is in range.
        return values.take(rows, axis=0, out=batch, mode="clip")
