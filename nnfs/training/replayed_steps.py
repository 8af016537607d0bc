"""Training steps that are replayed as a whole, one or several at a time, without Python between their kernels.

A pass that is replayed, see `nnfs.network.replay`, is the largest part of a step. Clearing the gradients, the loss, the
look for numbers that are not finite, and the update are a kernel each, where loss and optimizer are those of this
package that have one: they are bound to their arguments once, and played with the two halves of the pass. The results
of a step, and the order in which random numbers are drawn, are those of the step as it is written in `step`.
"""

from __future__ import annotations

from types import BuiltinFunctionType
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..losses import CrossEntropy, Loss, MeanSquaredError
from ..network.network import Network
from ..network.recording import KERNELS, Call, Fact, Recording, compiled, rehearse, tape_of
from ..optimizers import SGD, Adam, AdamW, Optimizer, RMSprop
from ..schedules import Constant
from ..system.floating_point import loud

LOSSES: dict[type[Loss], str] = {MeanSquaredError: "mean_squared_error", CrossEntropy: "softmax_cross_entropy"}
"""The losses that are one kernel, without label smoothing, and its name."""
UPDATES: dict[type[Optimizer], str] = {
    SGD: "sgd_update",
    Adam: "adam_update",
    AdamW: "adam_update",
    RMSprop: "rmsprop_update",
}
"""The optimizers whose step is one kernel, and its name."""
FACTS: list[Fact] = [
    *((Network, name, getattr(Network, name)) for name in ("clear_gradients", "run_forward", "run_backward")),
    *((loss, "__call__", loss.__call__) for loss in LOSSES),
    *((optimizer, "update", optimizer.update) for optimizer in UPDATES),
]
"""The methods that are not called, as they are written."""


class ReplayedSteps:
    """Take steps of a trainer that were recorded.

    Parameters
    ----------
    trainer : nnfs.training.step.Stepper
        Whose steps these are.
    """

    _bound: Recording | None = None
    """The recorded pass whose steps are bound to their arguments; None where there is none."""
    _recording: Recording
    _steps: Any
    _outputs: Array
    _gradient: Array
    _facts: list[Fact]
    _is_compiled: bool
    """Whether no function of Python is called."""
    _has_buffers: bool
    """Whether layers have running statistics, which a step that fails must leave as they were."""
    _needs_hold = False
    """Whether Ctrl-C could come in the middle of a step, or between a random number and its use."""

    def __init__(self, trainer: Any) -> None:
        self._trainer, self._holds = trainer, compiled() and compiled().holds

    def take_one(self, x: Array, y: Array, *, held: bool) -> float | None:
        """Take a step on a batch, and return its loss; return None where the step must be taken as it is written.

        Without ``held`` the caller does not delay Ctrl-C, which then must not come between what a step changes.
        """
        trainer = self._trainer
        if (self._needs_hold and not held) or not self._is_ready(x, y, len(x)):
            return None
        if self._needs_hold and not held:  # it was bound just now
            return None
        numbers = self._recording.draw(trainer.network.dropout)
        sources = [[source] for source in (x, *numbers, self._gradient, y)]
        return self._play(sources, [trainer.optimizer.rate(trainer.steps)], None)[0]

    def take(self, x: Array, y: Array, size: int, kept: Array) -> list[float]:
        """Take a step on each batch of ``size`` rows, and return the losses of the steps that were taken.

        They are none where the first step must be taken as it is written. They are fewer than there are batches where
        a step would fail: it fails when it is the first. The outputs of each step are copied into ``kept``, an array
        (steps, size, *output_shape). The caller delays Ctrl-C.
        """
        if not self._is_ready(x, y, size) or self._has_buffers:
            return []
        recording, rng = self._recording, self._trainer.network.dropout
        rates = self._rates(self._trainer.steps, len(x) // size)
        before = rng.bit_generator.state if recording.draws else None
        numbers = zip(*(recording.draw(rng) for _ in rates), strict=True)
        batches = [array[: len(rates) * size].reshape(len(rates), size, *array.shape[1:]) for array in (x, y)]
        sources = [batches[0], *map(list, numbers), [self._gradient] * len(rates), batches[1]]
        try:
            losses = self._play(sources, rates, kept)
        finally:
            if before is not None and len(self._steps.losses) < len(rates):
                rng.bit_generator.state = before
                for _ in range(max(1, len(self._steps.losses))):  # a first step that failed has drawn
                    recording.draw(rng)
        return losses

    def _play(self, sources: list[Any], rates: list[float], kept: Array | None) -> list[float]:
        """Take a step with each item of the sources; return the losses; raise NumericError where the first fails."""
        trainer, steps, recording, first = self._trainer, self._steps, self._recording, self._trainer.steps
        recording.enter(trainer.workspace, trainer.network.dropout)
        trainer.workspace.rows, trainer.outputs = recording.rows, self._outputs
        trainer.workspace.replay.latest = recording.kind  # so that the last batch of each epoch is never recorded
        try:
            if self._is_compiled:
                steps.take(sources, rates, first + 1, kept)
            else:
                with np.errstate(all="ignore"):
                    steps.take(sources, rates, first + 1, kept)
        finally:
            losses: list[float] = steps.losses
            trainer.steps = first + len(losses)
            recording.sources = [source[min(len(losses), len(rates) - 1)] for source in sources[:-2]]
        if not losses:
            trainer.check_loss(steps.loss_found, sources[0][0])
            trainer.check_gradients(False)
        return losses

    def _is_ready(self, x: Array, y: Array, size: int) -> bool:
        """Return whether steps on such batches can be replayed; bind them to their arguments first, where need be."""
        network, replay = self._trainer.network, self._trainer.workspace.replay
        recording: Recording | None = None if replay is None else replay.recording
        if recording is None or recording.rows != size or recording.kind != ((size, *x.shape[1:]), True):
            return False
        if recording is self._bound and self._holds(self._facts):
            return bool(network.nodes == recording.nodes)
        self._bound = None
        if recording.backward is None or not recording.fits(network.layers):
            return False
        return self._bind(recording, y[:size].copy())

    def _bind(self, recording: Recording, y: Array) -> bool:
        """Bind the kernels of a step around those of a recorded pass; return whether all of them are compiled ones."""
        trainer = self._trainer
        network, loss, optimizer = trainer.network, trainer.loss, trainer.optimizer
        vector, memory, outputs = network.vector, trainer.memory, recording.forward.result[0]
        if len(parts := trainer.parts.parts) != 1:  # where several optimizers, or one on several parts, follow
            return False
        value, grad, own = parts[0].arrays(network, memory)
        assert outputs is not None
        names = ["fill", LOSSES.get(type(loss), ""), "all_finite", UPDATES.get(type(optimizer), "")]
        if not all(isinstance(KERNELS.get(name), BuiltinFunctionType) for name in names):
            return False
        if getattr(loss, "label_smoothing", 0) or recording.forward.gives_sources or not compiled().holds(FACTS):
            return False
        if any(getattr(type(network), name) is not method for owner, name, method in FACTS if owner is Network):
            return False
        gradient = trainer.scratch.empty("gradient", outputs.shape, outputs.dtype)
        bound = [
            rehearse(network.clear_gradients),
            rehearse(loud(loss.__call__), outputs, y, gradient=gradient),
            rehearse(KERNELS["all_finite"], vector.grad),
            rehearse(loud(optimizer.update), value, grad, own, trainer.steps),
        ]
        if None in bound:
            return False
        held: list[list[Any]] = [[vector], [outputs, y, gradient], [vector], [vector, *memory.values()]]
        fill, of_loss, finite, update = (
            Call(name, arguments, (), kernel, KERNELS[name])
            for name, arguments, kernel in zip(names, held, bound, strict=True)
        )
        clip = (
            [] if trainer.clip is None else [Call(loud(trainer.clip.__call__), [vector.grad], (), None, trainer.clip)]
        )
        assert recording.backward is not None
        no_sources: list[Any] = [None] * (len(recording.sources) + 1)
        parts = [
            tape_of([fill], [])[0],
            recording.forward.tape,
            tape_of([of_loss], [*no_sources, y])[0],
            recording.backward.tape,
            tape_of([finite], [])[0],
            tape_of([*clip, update], [])[0],
        ]
        self._steps = compiled().Steps(*parts, outputs)
        self._bound = self._recording = recording
        self._outputs, self._gradient = outputs, gradient
        self._is_compiled = recording.forward.is_compiled and recording.backward.is_compiled and not clip
        self._has_buffers = bool(network.buffers)
        self._needs_hold = not self._is_compiled or bool(recording.draws)
        self._facts = [
            *recording.facts,
            *(fact for fact in FACTS if fact[0] in (Network, type(loss), type(optimizer))),
            *((KERNELS, name, KERNELS[name]) for name in names),
            *((trainer, name, getattr(trainer, name)) for name in ("_optimizer", "memory", "workspace")),
            *((memory, name, array) for name, array in memory.items()),
            (network, "vector", vector),
        ]
        return True

    def _rates(self, first: int, count: int) -> list[float]:
        """Return the learning rates of steps from the ``first`` on, up to one that fails; the first must not."""
        optimizer, rates = self._trainer.optimizer, []
        if type(optimizer.schedule) is Constant:
            return [optimizer.rate(first)] * count
        for step in range(first, first + count):
            try:
                rates.append(optimizer.rate(step))
            except Exception:
                if not rates:
                    raise
                break
        return rates
