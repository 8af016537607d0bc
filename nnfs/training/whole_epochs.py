"""Whole epochs that are taken at once: where nobody sees their ends, Python comes in after the last of their steps."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..metrics import METRICS, Metric, measure_each
from .array_batches import ArrayBatches
from .training import Training

MOST_BYTES = 2**18
"""How large the samples of all epochs together may be: they stay in a cache."""
MOST_NUMBERS = 2**24
"""How many rows times parameters and outputs they may be: Ctrl-C waits for them, some milliseconds."""


class WholeEpochs:
    """Take epochs of a training at whose ends nothing happens.

    Their orders are drawn ahead, their steps are replayed one after the other, and their figures follow: the numbers
    are those of one epoch after the other. Threads that train a network each then seldom wait for one another.

    Parameters
    ----------
    training : Training
        Whose epochs they are.
    """

    def __init__(self, training: Training) -> None:
        self.training, self.most = training, 0
        batches, network = training.batches, training.network
        are_known = all(metric in METRICS.values() for metric in training.trainer.metrics.values())
        if training.validation is None and are_known and isinstance(batches, ArrayBatches) and batches.is_checked:
            numbers = network.vector.value.size + sum(map(math.prod, network.layers.shapes))
            of_epoch = batches.samples * numbers, max(1, batches.samples * batches.x[:1].nbytes)
            self.most = min(MOST_NUMBERS // of_epoch[0], MOST_BYTES // of_epoch[1])

    def take(self) -> bool:
        """Take the next epochs and record them; return whether there was a step that is replayed.

        A step that fails, and what is left of its epoch, is for others to take.
        """
        training, batches, trainer = self.training, self.training.batches, self.training.trainer
        count = min(self.most, training.epochs - training.epoch)
        if count < 2 or training.batch or not isinstance(batches, ArrayBatches) or not _can_take(training, batches):
            return False
        began, generator = time.perf_counter(), training.network.shuffling.bit_generator
        before = generator.state
        x, y = batches.epochs(count)
        outputs = trainer.scratch.empty("outputs of epochs", (len(x), *training.network.output_shape), x.dtype)
        losses: list[float] = []
        for start, stop, size in _runs(batches, count):
            kept = outputs[start:stop].reshape(-1, size, *outputs.shape[1:])
            found = trainer.replay_steps(x[start:stop], y[start:stop], size, kept, batches.steps)
            losses += found
            if len(found) < len(kept) or not kernels.all_finite(training.network.vector.value):
                whole = max(0, len(losses) - 1) // batches.steps  # the last step begun may be the end of an epoch
                outputs[start + len(found) * size :] = 0
                break
        else:
            whole = count
        if whole < count:
            generator.state = before
            for _ in range(whole):
                batches.order()
        figures = {
            name: _measured(name, metric, outputs, y, list(_runs(batches, 1)), count)[: len(losses)]
            for name, metric in trainer.metrics.items()
        }
        sizes = [size for start, stop, size in _runs(batches, 1) for _ in range(start, stop, size)]
        self._record({"loss": losses} | figures, sizes, whole, time.perf_counter() - began)
        return bool(losses)

    def _record(self, figures: dict[str, list[float]], sizes: list[int], whole: int, seconds: float) -> None:
        """Record the figures of steps: those of ``whole`` epochs, and of the beginning of one that is broken off.

        ``sizes`` are how many samples each step of an epoch takes.
        """
        training, trainer, steps, losses = self.training, self.training.trainer, len(sizes), figures["loss"]
        training.history.step_losses += losses
        begun, first = -(-len(losses) // steps), trainer.steps - len(losses)
        totals = {name: _totals(each, sizes, begun) for name, each in figures.items()}
        for epoch in range(begun):
            taken = min(steps, len(losses) - epoch * steps)
            training.totals = {name: each[epoch] for name, each in totals.items()}
            training.batch, training.samples = taken, sum(sizes[:taken])
            training.seconds = seconds * taken / len(losses)
            if epoch < whole:
                training.history.epochs.append(training.figures(first + epoch * steps + taken - 1))
                training.epoch, training.batch = training.epoch + 1, 0
        if losses:
            training.loss = losses[-1]


def _measured(
    name: str, metric: Metric, outputs: Array, y: Array, runs: list[tuple[int, int, int]], epochs: int
) -> list[float]:
    """Return a metric of each step, given those of an epoch by `_runs`: of all epochs, steps of one size together."""
    outputs, y = (array.reshape(epochs, -1, *array.shape[1:]) for array in (outputs, y))
    figures = []
    for start, stop, size in runs:
        of_steps = outputs[:, start:stop].reshape(-1, size, *outputs.shape[2:])
        found = measure_each(name, metric, of_steps, y[:, start:stop].reshape(-1, *y.shape[2:]))
        figures.append(np.reshape(found, (epochs, -1)))
    in_order: list[float] = np.concatenate(figures, axis=1).ravel().tolist()
    return in_order


def _totals(figures: list[float], sizes: list[int], epochs: int) -> list[float]:
    """Return the sums of the figures of each epoch, times how many samples a step takes, added one after the other."""
    table = np.zeros((epochs, len(sizes)))
    table.reshape(-1)[: len(figures)] = figures
    totals: list[float] = np.cumsum(table * sizes, axis=1)[:, -1].tolist()  # NumPy's sum has another order
    return totals


def _runs(batches: ArrayBatches, epochs: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, stop, size) of rows whose steps are replayed one after the other, each on ``size`` of them.

    That is all epochs, where no last batch is smaller than the others.
    """
    samples, size = batches.samples, min(batches.step_rows, batches.samples)
    rest = samples % size
    if not rest:
        yield 0, epochs * samples, size
        return
    for start in range(0, epochs * samples, samples):
        yield start, start + samples - rest, size
        yield start + samples - rest, start + samples, rest


def _can_take(training: Training, batches: ArrayBatches) -> bool:
    """Return whether all steps of an epoch are replayed, and no label was changed to what is none."""
    if not all(training.trainer.replays(batches.x, batches.y, size) for _, _, size in _runs(batches, 1)):
        return False
    try:
        batches.gate.check_targets(batches.y, "y")
    except ValueError:
        return False
    return True
