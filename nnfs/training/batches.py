"""Batches: where training and evaluation take their samples from, whatever holds them.

Arrays in memory are checked once, before anything begins. Of memory-mapped arrays, which may be larger than memory,
and of iterables, each batch is checked when its turn comes.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import as_array, as_batch, check_finite, check_same_length, check_weights, read_array
from ..errors import DTypeError, NumericError, ShapeError
from ..layers.scratch import Scratch
from ..losses import LABELS, Loss
from ..network.network import Network
from ..system.digest import digest_of_samples
from ..system.floating_point import quietly

Batch: TypeAlias = tuple[Array, Array, Array | None]
"""x (B, *input_shape), its targets, and the weight of each sample (B,) or None."""
_PLACE = re.compile(r"\b(x|y|sample_weight)\[(\d+)")
"""How the checks of a batch name a row of it, which need not be that row of the arrays."""
END = object()
"""What stands for the end of a pass."""


class Gate:
    """Let samples in that fit a network and a loss.

    Parameters
    ----------
    network : Network
    loss : Loss
    """

    def __init__(self, network: Network, loss: Loss) -> None:
        self.input_shape, self.output_shape, self.dtype = network.input_shape, network.output_shape, network.dtype
        self.loss, self.facts = loss, network.facts

    def check(self, x: Any, y: Any, weights: Any = None, which: str = "") -> Batch:
        """Return x, y and weights as the network needs them; raise ShapeError, DTypeError or ValueError.

        ``which`` stands before the names x and y in errors.
        """
        self.facts.check_input(x, f"{which}x", self.dtype)
        x = as_batch(x, self.input_shape, self.dtype, f"{which}x")
        y = self.check_targets(y, f"{which}y")
        check_same_length(x, y, f"{which}x", f"{which}y")
        if weights is not None:
            weights = self._check_weights(weights, len(x), f"{which}sample_weight")
        return x, y, weights

    def check_targets(self, y: Any, argument: str) -> Array:
        """Return targets as the loss needs them, see `Loss.check_targets`."""
        return self.loss.check_targets(y, self.output_shape, self.dtype, argument)

    def check_rows(self, x: Any, y: Any, weights: Any, which: str) -> Batch:
        """Do as `check`, and refuse no rows at all, and numbers that are not finite."""
        x, y, weights = self.check(x, y, weights, which)
        if not len(x):
            raise ShapeError(f"{which}x has no rows; at least one sample is needed")
        check_finite(x, f"{which}x")
        check_finite(y, f"{which}y")
        return x, y, weights

    @quietly
    def _check_weights(self, weights: Any, samples: int, argument: str) -> Array:
        weights = as_array(weights, np.dtype(np.float64), argument)
        if weights.shape != (samples,):
            raise ShapeError(f"{argument} must have shape ({samples},), one weight a sample, got {weights.shape}")
        check_weights(weights, argument, self.dtype)
        return np.ascontiguousarray(weights, self.dtype)


class ArrayBatches:
    """Give the rows of arrays, a batch at a time.

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
    ) -> None:
        self.x, self.y, self.weights = x, y, weights
        self.batch_size, self.rng, self.rows, self.gate, self.which = batch_size, rng, rows, gate, which
        self.is_checked = is_checked
        self._began: Mapping[str, Any] | None = None
        self._digest: str | None = None
        self._scratch = Scratch()

    @property
    def samples(self) -> int:
        """How many samples an epoch has."""
        return len(self.x) if self.rows is None else len(self.rows)

    @property
    def steps(self) -> int:
        """How many batches an epoch has."""
        return -(-self.samples // self.batch_size)

    @property
    def smallest(self) -> int:
        """How many samples the last batch of an epoch has; no other has fewer."""
        return (self.samples - 1) % self.batch_size + 1

    def epoch(self, taken: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of one epoch, without the first ``taken``; each is valid until the next one."""
        if self.rng is not None:
            self._began = self.rng.bit_generator.state
        order = self._order()
        for start in range(taken * self.batch_size, self.samples, self.batch_size):
            stop = start + self.batch_size
            rows = slice(start, stop) if order is None else order[start:stop]
            x, y = self._take("x", self.x, rows), self._take("y", self.y, rows)
            weights = None if self.weights is None else self._take("weights", self.weights, rows)
            try:
                if not self.is_checked:
                    x, y, weights = self.gate.check_rows(x, y, weights, self.which)
                elif y.dtype == LABELS:
                    self.gate.check_targets(y, f"{self.which}y")
            except (ValueError, NumericError) as error:
                if (row := _row_named(error)) is None:
                    raise
                place = start + row if order is None else int(order[start + row])
                text = _PLACE.sub(rf"\g<1>[{place}", str(error))
                raise getattr(error, "reworded", ValueError)(text) from None
            yield x, y, weights

    def close(self) -> None:
        """End the training; nothing is open."""

    def state(self) -> dict[str, Any]:
        """Return what gives the order of the epoch that began last again."""
        return {"began": self._began}

    def load_state(self, state: dict[str, Any], taken: int) -> None:
        """Make the next epoch the one that ``state`` is of, of which ``taken`` batches were taken."""
        if taken and self.rng is not None:
            self.rng.bit_generator.state = state["began"]

    def digest(self) -> str:
        """Return a SHA-256 of the arrays as they were when it was first asked for, see `digest_of_samples`."""
        if self._digest is None:
            self._digest = digest_of_samples((self.x, self.y, self.weights))
        return self._digest

    def _order(self) -> Array | None:
        if self.rng is None:
            return self.rows
        order = self.rng.permutation(self.samples)
        return order if self.rows is None else self.rows[order]

    def _take(self, name: str, values: Array, rows: Array | slice) -> Array:
        if isinstance(rows, slice) or not self.is_checked:
            return values[rows]  # np.take would first copy the whole of an array that is not as kernels need it
        batch = self._scratch.empty(name, (len(rows), *values.shape[1:]), values.dtype)
        # mode="clip" lets NumPy write straight into ``out``; every row is in range.
        return values.take(rows, axis=0, out=batch, mode="clip")


class IterableBatches:
    """Give the batches of an iterable: pairs (x, y), or triples with the weight of each sample.

    An epoch is one pass, or ``steps_per_epoch`` batches: the next epoch then goes on in that pass, and a new one begins
    where it ends. What has ``state`` and ``load_state``, as `nnfs.data.Loader` has, is asked for them, and for its
    ``digest``; of all others a pass that was broken off is gone through again from its beginning. What has ``rows``,
    the numbers of the rows that its last batch is made of, is asked for them where a batch is wrong.
    """

    def __init__(
        self, iterable: Iterable[Any], gate: Gate, which: str = "", *, steps_per_epoch: int | None = None
    ) -> None:
        self.iterable, self.gate, self.which, self.steps_per_epoch = iterable, gate, which, steps_per_epoch
        self._is_resumable = hasattr(iterable, "state") and hasattr(iterable, "load_state")
        self._pass: Iterator[Any] | None = None
        self._taken = 0

    @property
    def steps(self) -> int | None:
        """How many batches an epoch has, where that is known."""
        if self.steps_per_epoch is not None:
            return self.steps_per_epoch
        with suppress(TypeError, NotImplementedError):
            return len(self.iterable)  # type: ignore[arg-type]
        return None

    def epoch(self, taken: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of one epoch, without the first ``taken``."""
        index = taken
        try:
            while index != self.steps_per_epoch:
                batch = self._next()
                if batch is END:
                    break
                if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
                    raise ShapeError(
                        f"{self.which}batch {index} must be (x, y) or (x, y, sample_weight), got {_name(batch)}"
                    )
                yield self._check(batch, f"{self.which}batch {index}: ")
                index += 1
        finally:
            if self.steps_per_epoch is None:
                self.close()

    def _check(self, batch: Any, which: str) -> Batch:
        x, y, *rest = batch
        try:
            return self.gate.check_rows(x, y, rest[0] if rest else None, which)
        except (ValueError, NumericError) as error:
            rows, row = getattr(self.iterable, "rows", None), _row_named(error)
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
        """Let the next pass go on where it was."""
        self._taken = state["taken"]
        if self._is_resumable:
            self.iterable.load_state(state["iterable"])  # type: ignore[attr-defined]

    def digest(self) -> str | None:
        """Return what the iterable says of itself; None of one that says nothing: what it will give is not known."""
        digest = getattr(self.iterable, "digest", None)
        return digest() if self._is_resumable and callable(digest) else None


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
) -> Batches:
    """Return the batches of arrays x and y, or of an iterable x where y is None.

    ``default_size`` is what a ``batch_size`` of None stands for, with arrays.

    Raises ShapeError, DTypeError, ValueError or NumericError for what does not fit, as far as it is in memory.
    """
    if y is None:
        if isinstance(x, np.ndarray | str | bytes | Mapping) or not isinstance(x, Iterable):
            raise DTypeError(
                f"{which}y is missing: give x and y, or an iterable of batches (x, y); got {_name(x)} alone"
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
        return IterableBatches(x, gate, which, steps_per_epoch=steps_per_epoch)
    if steps_per_epoch is not None:
        raise ValueError(
            "steps_per_epoch goes with an iterable of batches; of arrays, an epoch takes every sample once"
        )
    batch_size = batch_size or default_size
    if not isinstance(x, np.memmap) and not isinstance(y, np.memmap):
        x, y, weights = gate.check_rows(x, y, sample_weight, which)
        _check_any(weights, which)
        return ArrayBatches(x, y, weights, batch_size=batch_size, gate=gate, is_checked=True, rng=rng, which=which)
    x, y = read_array(x, f"{which}x"), read_array(y, f"{which}y")
    check_same_length(np.atleast_1d(x), np.atleast_1d(y), f"{which}x", f"{which}y")
    weights = None if sample_weight is None else read_array(sample_weight, f"{which}sample_weight")
    if weights is not None and weights.shape != (len(x),):
        raise ShapeError(f"{which}sample_weight must have shape ({len(x)},), one weight a sample, got {weights.shape}")
    gate.check_rows(x[:1], y[:1], None if weights is None else weights[:1], which)
    _check_any(weights, which)
    return ArrayBatches(x, y, weights, batch_size=batch_size, gate=gate, is_checked=False, rng=rng, which=which)


def _row_named(error: Exception) -> int | None:
    """Return the row of a batch that an error of its check names; None where it names none."""
    found = _PLACE.search(str(error))
    return int(found[2]) if found else None


def _check_any(weights: Array | None, which: str) -> None:
    if weights is not None and not weights.any():
        raise ValueError(f"{which}sample_weight is 0 for every sample, so that none would count")


def _name(value: Any) -> str:
    return f"an array {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
