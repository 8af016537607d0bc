"""Batches of an iterable: what a loader, a generator or a list gives, each checked when its turn comes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from typing import Any

import numpy as np

from ..errors import NumericError, ShapeError
from .gate import Batch, Gate, row_named

END = object()
"""What stands for the end of a pass."""


class IterableBatches:
    """Give the batches of an iterable: pairs (x, y), or triples with the weight of each sample.

    An epoch is one pass, or ``steps_per_epoch`` batches: the next epoch then goes on in that pass, and a new pass
    begins where one ends. A training that was broken off goes on by ``state`` and ``load_state`` of the iterable, which
    `nnfs.data.Loader` has; of an iterable without them, the batches that were taken are gone through again. Where the
    iterable has ``rows``, the numbers of the rows that its last batch is made of, errors name the row.

    Parameters
    ----------
    iterable : iterable
        Where the batches come from; an object that begins anew at each pass, unless there is one pass.
    gate : Gate
        What checks each batch.
    which : str
        What stands before the name of a batch in errors.
    steps_per_epoch : int or None
        How many batches are an epoch; None is one pass.
    accumulate : int
        How many batches a step takes: they come end to end in one array.
    """

    def __init__(
        self,
        iterable: Iterable[Any],
        gate: Gate,
        which: str = "",
        *,
        steps_per_epoch: int | None = None,
        accumulate: int = 1,
    ) -> None:
        self.iterable, self.gate, self.which, self.steps_per_epoch = iterable, gate, which, steps_per_epoch
        self.accumulate = accumulate
        self.pass_rows: int | None = None
        """How many samples of a step go through the network at once; None for all."""
        self._is_resumable = hasattr(iterable, "state") and hasattr(iterable, "load_state")
        self._pass: Iterator[Any] | None = None
        self._taken = 0
        self.latest: Batch | None = None
        """The batch that was given last, for those who look at what is trained on."""

    @property
    def steps(self) -> int | None:
        """How many steps an epoch has, where that is known."""
        batches = self.steps_per_epoch
        with suppress(TypeError, NotImplementedError):
            batches = len(self.iterable) if batches is None else batches  # type: ignore[arg-type]
        return None if batches is None else -(-batches // self.accumulate)

    def epoch(self, taken: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of one epoch, without those of the first ``taken`` steps."""
        with closing(self._batches(taken * self.accumulate)) as batches:
            if self.accumulate == 1:
                yield from batches
                return
            while group := list(islice(batches, self.accumulate)):
                self.pass_rows = len(group[0][0])
                self.latest = _joined(group)
                yield self.latest

    def _batches(self, index: int) -> Generator[Batch, None, None]:
        """Yield the batches of the iterable that are left of an epoch, from this one on."""
        try:
            while index != self.steps_per_epoch:
                batch = self._next()
                if batch is END:
                    break
                if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
                    is_pair = isinstance(self.iterable, tuple | list) and isinstance(batch, np.ndarray)
                    raise ShapeError(
                        f"{self.which}batch {index} must be (x, y) or (x, y, sample_weight), got {describe_kind(batch)}"
                        + "; of x and y themselves, give two arguments: x, y" * is_pair
                    )
                self.latest = self._check(batch, f"{self.which}batch {index}: ")
                yield self.latest
                index += 1
        finally:
            if self.steps_per_epoch is None:
                self.close()

    def _check(self, batch: Any, which: str) -> Batch:
        x, y, *rest = batch
        try:
            return self.gate.check_rows(x, y, rest[0] if rest else None, which)
        except (ValueError, NumericError) as error:
            rows, row = getattr(self.iterable, "rows", None), row_named(error)
            if row is None or not isinstance(rows, np.ndarray) or rows.shape != (len(x),):
                raise
            text = f"{error}; it comes from row {rows[row]} of the arrays"
            raise getattr(error, "reworded", ValueError)(text) from None

    def _next(self) -> Any:
        """Return the next batch of this pass or, where epochs are not passes, of the next one; END at the end."""
        while True:
            if self._pass is None:
                self._pass = iter(self.iterable)
                for _ in islice(self._pass, 0 if self._is_resumable else self._taken):
                    pass
            batch = next(self._pass, END)
            if batch is not END:
                self._taken += 1
                return batch
            if not self._taken:
                hint = (
                    "; a generator is spent after one pass: give a list, a nnfs.data.Loader, or an object whose "
                    "__iter__ begins anew"
                )
                raise ShapeError(f"{self.which}x gave no batch{hint * (self._pass is self.iterable)}")
            if self.steps_per_epoch is None:
                return END
            self.close()

    def close(self) -> None:
        """End the pass; an iterator of the user's own is left open where more than one training may draw from it."""
        close = getattr(self._pass, "close", None)
        if close is not None and (self.steps_per_epoch is None or self._pass is not self.iterable):
            close()
        self._pass, self._taken = None, 0

    def state(self) -> dict[str, Any]:
        """Return how many batches of this pass were taken, and what the iterable wants to be remembered."""
        taken = {"taken": self._taken}
        return taken | {"iterable": self.iterable.state()} if self._is_resumable else taken  # type: ignore[attr-defined]

    def load_state(self, state: dict[str, Any], taken: int) -> None:
        """Go on in the pass whose `state` this is: the next batch is the one after those that were taken."""
        self._taken = state["taken"]
        if self._is_resumable:
            self.iterable.load_state(state["iterable"])  # type: ignore[attr-defined]

    def digest(self) -> str | None:
        """Return the ``digest()`` of an iterable that can go on, such as `nnfs.data.Loader`; None where it has none."""
        digest = getattr(self.iterable, "digest", None)
        return digest() if self._is_resumable and callable(digest) else None


def _joined(group: Sequence[Batch]) -> Batch:
    """Return batches as one; where one has weights, all have: 1 for each sample of the others."""
    x, y = (np.concatenate([batch[part] for batch in group]) for part in (0, 1))
    if all(batch[2] is None for batch in group):
        return x, y, None
    return x, y, np.concatenate([np.ones(len(batch[0]), x.dtype) if batch[2] is None else batch[2] for batch in group])


def describe_kind(value: Any) -> str:
    """Return in words what kind of value this is, for an error."""
    return f"an array {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
