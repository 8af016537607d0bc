"""Steps that are taken together: where nothing happens between them, they are replayed without Python in between."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from .._kernels.interface import Array
from .array_batches import ArrayBatches
from .shards import Shards
from .step import Stepper
from .training import Training

if TYPE_CHECKING:
    from .diagnosis.watch import Watch

MOST = 64
"""How many steps may be taken at once: Ctrl-C waits for them."""
MOST_BYTES = 2**18
"""How large their batches may be: they stay in a cache. Python takes no time beside steps on larger ones."""


class Together:
    """Give the batches of an epoch; those of steps that may be taken at once lie end to end in one array.

    Parameters
    ----------
    training : Training
        Whose batches they are; it knows how many steps of the epoch were taken.
    watch : Watch or None
        What looks at the buffers of some steps: of the last one that is taken at once.
    is_alone : bool
        Whether something happens between any two steps.
    """

    def __init__(self, training: Training, watch: Watch | None, is_alone: bool) -> None:
        self.training, self.watch, self.most = training, watch, 1
        batches = training.batches
        if is_alone or training.augment or training.class_weight is not None or not isinstance(batches, ArrayBatches):
            return
        if batches.weights is None and batches.accumulate == 1 and type(training.trainer).run_step is Stepper.run_step:
            self.most = max(1, min(MOST, MOST_BYTES // max(1, batches.batch_size * batches.x[:1].nbytes)))

    def epoch(self) -> Generator[tuple[Array, Array, Array | None, int], None, None]:
        """Yield (x, y, weights, size) of the epoch's batches that are left, where a step takes ``size`` rows.

        What the steps have not taken of x and y comes again.
        """
        training, batches = self.training, self.training.batches
        if training.shards is not None:
            yield from self._own(training.shards)
            return
        if self.most == 1 or not isinstance(batches, ArrayBatches):
            with closing(batches.epoch(training.batch)) as each:
                for x, y, weights in each:
                    yield x, y, weights, len(x)
            return
        with closing(batches.epoch(training.batch, self._count)) as groups:
            for x, y, weights in groups:
                while len(x):
                    before, size = training.batch, min(len(x), batches.step_rows)
                    yield x, y, weights, size
                    taken = (training.batch - before) * size
                    x, y = x[taken:], y[taken:]

    def _own(self, shards: Shards) -> Generator[tuple[Array, Array, Array | None, int], None, None]:
        """Yield (x, y, weights, size) of each step that is left: of ``size`` rows, those that this rank takes."""
        training, batches = self.training, self.training.batches
        if isinstance(batches, ArrayBatches):
            with closing(batches.epoch(training.batch, own=shards.own)) as each:
                for x, y, weights in each:
                    left = batches.samples - training.batch * batches.step_rows
                    yield x, y, weights, min(batches.step_rows, left)
            return
        with closing(batches.epoch(training.batch)) as each:
            for x, y, weights in each:
                own = shards.own(len(x))
                yield x[own], y[own], None if weights is None else weights[own], len(x)

    def _count(self) -> int:
        """Return how many steps may be taken at once now."""
        if self.watch is None:
            return self.most
        return min(self.most, self.watch.next_look - len(self.training.history.step_losses))
