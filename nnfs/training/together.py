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
    between : str
        What happens between any two steps; "" for nothing.
    """

    def __init__(self, training: Training, watch: Watch | None, between: str) -> None:
        self.training, self.watch, self.most = training, watch, 1
        self.why_parts, self.why_alone = _why_parts(training), between or _why_alone(training)
        if not self.why_parts and not self.why_alone:
            self.most = _most(training)

    def __str__(self) -> str:
        """Return how steps are replayed where passes are, and what keeps them from more."""
        if self.why_parts or (why := self.training.trainer.why_not_replayed()):
            return f"passes, and no whole steps: {self.why_parts or why}"
        if self.most == 1:
            return f"whole steps, one by one: {self.why_alone or 'large batches'}"
        buffers = next(iter(self.training.network.buffers), "")
        return f"whole steps, one by one: {buffers}" if buffers else "whole steps, many in a row"

    def announce(self) -> None:
        """Let the first step be recorded, where many like it follow."""
        training, batches = self.training, self.training.batches
        replay = training.trainer.workspace.replay
        if self.most > 1 and replay is not None and isinstance(batches, ArrayBatches) and batches.steps > 2:
            replay.expect(((batches.step_rows, *training.network.input_shape), True))

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


def _why_parts(training: Training) -> str:
    """Return the argument of `fit` for which a step is more than one pass and its loss; "" for none."""
    batches = training.batches
    arguments = {
        "shards": training.shards is not None,
        "accumulate": batches.accumulate > 1,
        "class_weight": training.class_weight is not None,
        "sample_weight": isinstance(batches, ArrayBatches) and batches.weights is not None,
    }
    return next((name for name, is_given in arguments.items() if is_given), "")


def _why_alone(training: Training) -> str:
    """Return why steps are taken one by one, whatever callbacks want; "" where they need not."""
    reasons = {
        "augment": bool(training.augment),
        "batches of an iterable": not isinstance(training.batches, ArrayBatches),
        f"{type(training.trainer).__name__} has a run_step": type(training.trainer).run_step is not Stepper.run_step,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _most(training: Training) -> int:
    """Return how many steps may be taken at once: few where their batches are large."""
    batches = training.batches
    assert isinstance(batches, ArrayBatches)
    return max(1, min(MOST, MOST_BYTES // max(1, batches.batch_size * batches.x[:1].nbytes)))
