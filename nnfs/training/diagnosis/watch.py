"""Watch: look for what goes wrong before and during a training, and warn of each thing once."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from ..._kernels.interface import Array
from ...errors import TrainingWarning
from ...system.caller import calls_within
from ..array_batches import ArrayBatches
from ..iterable_batches import IterableBatches
from ..training import Training
from . import before, course, network, passes
from .activity import Activity
from .case import Case
from .finding import Finding, untold
from .single_classes import SingleClasses

FIRST_LOOK = 25
"""The earliest step whose buffers are looked at; then it is twice as many, so that all looks are few."""
LOOK = 10000.0
"""Of how many microseconds of training a look at outputs and gradients of a step is about a hundredth."""
QUICK = 4
"""How many times as cheap it is to look at outputs alone, or at losses."""
STEP, STEP_OF_ITERABLE, NUMBER = 20.0, 100.0, 1e-4
"""Microseconds that a step takes at least, and more for each number of its rows and each weight that meets them."""


class Watch:
    """Watch over one training.

    Data and network are looked at before the first step, the buffers of a step as soon as the steps so far have paid
    for it, and after twice as many, and so on, losses from then on after 1, 3, 6, 12, ... epochs and the last one. What
    a training has paid for is counted in rows and steps and not measured by a clock: a training is told the same each
    time. Nothing is drawn, and nothing of the network changes.

    Parameters
    ----------
    training : Training
        What is watched.
    """

    def __init__(self, training: Training) -> None:
        self.training, batches, trainer = training, training.batches, training.trainer
        arrays = batches if isinstance(batches, ArrayBatches) else None
        self.case = Case(
            training.network,
            trainer.loss,
            None if arrays is None else arrays.x,
            None if arrays is None else arrays.y,
            rows=None if arrays is None else arrays.rows,
            batch_size=None if arrays is None else arrays.batch_size,
            is_shuffled=arrays is None or arrays.rng is not None,
            is_weighted=training.class_weight is not None or (arrays is not None and arrays.weights is not None),
            optimizer=trainer.optimizer,
            history=training.history,
            stops_early=any(type(callback).__name__ == "EarlyStopping" for callback in training.callbacks),
            validation=_arrays_of(training),
            trained_rows=None if arrays is None else arrays.samples * training.epochs,
            clip=trainer.clip,
        )
        self.single = None if arrays is not None else SingleClasses()
        self.first_look, self.quick_look = _paid_looks(training)
        self.next_look, self.next_epoch = self.quick_look, 1

    def begin(self) -> None:
        """Look at data and network, before anything is changed."""
        self._look(before.SYMPTOMS)

    def end_step(self, training: Training) -> None:
        """Look at what a step left in its buffers, now and then, and at the first batches of an iterable."""
        if self.single is not None:
            self._look_at_batch(self.single)
        if len(training.history.step_losses) < self.next_look:
            return
        if training.trainer.workspace.rows < passes.FEWEST_ROWS:
            return  # the last batch of an epoch
        steps, symptoms = len(training.history.step_losses), passes.OF_OUTPUTS
        if steps >= self.first_look:
            symptoms, self.next_look = passes.SYMPTOMS, 2 * steps
        else:
            self.next_look = self.first_look
        self._look_at_step(symptoms)

    def _look_at_step(self, symptoms: Sequence[Callable[[Case], Finding | None]]) -> None:
        """Look at what the last step left, where it had rows enough."""
        training = self.training
        if training.trainer.workspace.rows >= passes.FEWEST_ROWS:
            self.case.activity = Activity(training.network, training.trainer.workspace)
            self._look(symptoms)
            self.case.activity = None

    def _look_at_batch(self, single: SingleClasses) -> None:
        batches = self.training.batches
        assert isinstance(batches, IterableBatches)
        assert batches.latest is not None
        x, y, _ = batches.latest
        case = Case(self.case.network, self.case.loss, x, y)
        if not single.steps:
            self._look((*before.OF_A_BATCH, network.activation_before_loss), case)
        single.add(case)
        if single.steps == FIRST_LOOK:
            self._look([single.classes_apart], case)
        if single.steps == FIRST_LOOK or single.is_mixed:
            self.single = None

    def end_epoch(self) -> None:
        """Look at the losses so far, after the first epoch, 3, 6, 12, ... and the last one."""
        epochs = len(self.training.history.epochs)
        if len(self.training.history.step_losses) < self.quick_look:
            return
        if epochs < self.next_epoch and epochs < self.training.epochs:
            return
        self.next_epoch = 2 * epochs if epochs > 1 else 3
        self.case.is_over = epochs == self.training.epochs
        losses = self.case.figures("loss")
        if len(self.training.history.step_losses) < self.first_look and losses[-1] > 0.9 * losses[0]:
            self._look_at_step(passes.SYMPTOMS)  # nothing is learned so far: gradients may say why
        self._look(course.SYMPTOMS)

    def _look(self, symptoms: Sequence[Callable[[Case], Finding | None]], case: Case | None = None) -> None:
        with np.errstate(all="ignore"):
            for finding in untold(symptoms, case or self.case, self.case.told):
                self.training.findings.append(finding)
                warning = TrainingWarning(str(finding))
                warning.for_command = finding.line(finding.command)
                warnings.warn(warning, stacklevel=calls_within())


def _paid_looks(training: Training) -> list[int]:
    """Return the steps from which on a training has paid for a look, and for one at outputs alone, or at losses.

    A training of fewer steps than that, but of more than half as many, pays for it at its last one.
    """
    batches, network, steps = training.batches, training.network, 0
    paid = LOOK / STEP_OF_ITERABLE
    if isinstance(batches, ArrayBatches):
        numbers = batches.batch_size * (network.vector.value.size + sum(map(math.prod, network.layers.shapes)))
        paid = LOOK / (STEP + NUMBER * numbers)
        steps = batches.steps * training.epochs - (batches.smallest < passes.FEWEST_ROWS)
    looks = [max(FIRST_LOOK, math.ceil(part)) for part in (paid, paid / QUICK)]
    return [steps if FIRST_LOOK <= steps < look <= 2 * steps else look for look in looks]


def _arrays_of(training: Training) -> tuple[Array, Array | None] | None:
    """Return what a training validates on, where it is arrays of its own."""
    batches = training.validation
    return (batches.x, batches.y) if isinstance(batches, ArrayBatches) and batches.rows is None else None
