"""Training steps that are replayed as a whole, one or several at a time, without Python between their kernels.

A pass that is replayed, see `nnfs.network.replay`, is the largest part of a step. Clearing the gradients, the loss, the
look for numbers that are not finite, and the update of each part that trains are a kernel each, where loss and
optimizers are those of this package that have one: they are bound to their arguments once, and played with the two
halves of the pass. The results of a step, and the order in which random numbers are drawn, are those of the step as it
is written in `step`.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Bound:
    """Hold the kernels of a step around those of a recorded pass, bound to their arguments.

    Attributes
    ----------
    recording : Recording
        The pass.
    steps : nnfs._kernels.machine.replay.Steps
        What plays the kernels.
    outputs, gradient : ndarray
        What the pass returns, and what the loss gives it for the way back.
    optimizers : list of Optimizer
        Those of the parts that train, in their order.
    facts : list of (owner, attribute, value)
        What must be as it was.
    is_compiled : bool
        Whether no function of Python is called.
    has_buffers : bool
        Whether layers have running statistics, which a step that fails must leave as they were.
    """

    recording: Recording
    steps: Any
    outputs: Array
    gradient: Array
    optimizers: list[Optimizer]
    facts: list[Fact]
    is_compiled: bool
    has_buffers: bool

    @property
    def needs_hold(self) -> bool:
        """Whether Ctrl-C could come in the middle of a step, or between a random number and its use."""
        return not self.is_compiled or bool(self.recording.draws)

    def rates(self, first: int, count: int) -> list[float]:
        """Return the learning rates of steps from the ``first`` on, up to one that fails; the first must not."""
        rates: list[float] = []
        if all(type(optimizer.schedule) is Constant for optimizer in self.optimizers):
            return [optimizer.rate(first) for optimizer in self.optimizers] * count
        for step in range(first, first + count):
            try:
                rates += [optimizer.rate(step) for optimizer in self.optimizers]
            except Exception:
                if not rates:
                    raise
                break
        return rates


class ReplayedSteps:
    """Take steps of a trainer that were recorded.

    Parameters
    ----------
    trainer : nnfs.training.step.Stepper
        Whose steps these are.
    """

    def __init__(self, trainer: Any) -> None:
        self._trainer, self._holds = trainer, compiled() and compiled().holds
        self._bounds: dict[tuple[Any, bool], Bound] = {}
        """The steps that are bound, by the kind of their recorded pass."""

    def why_not(self) -> str | None:
        """Return what of the trainer keeps its steps from being replayed as a whole; None for nothing."""
        trainer = self._trainer
        for part in (trainer.loss, *(part.optimizer for part in trainer.parts.parts)):
            kernel = KERNELS.get(LOSSES.get(type(part)) or UPDATES.get(type(part), ""))
            if not isinstance(kernel, BuiltinFunctionType) or vars(part).get("label_smoothing"):
                return f"{part!r} is not one compiled kernel"
        return None

    def take_one(self, x: Array, y: Array, *, held: bool) -> float | None:
        """Take a step on a batch, and return its loss; return None where the step must be taken as it is written.

        Without ``held`` the caller does not delay Ctrl-C, which then must not come between what a step changes.
        """
        trainer, bound = self._trainer, self._ready(x, y, len(x))
        if bound is None or (bound.needs_hold and not held):
            return None
        numbers = bound.recording.draw(trainer.network.dropout)
        sources = [[source] for source in (x, *numbers, bound.gradient, y)]
        losses = self._play(bound, sources, [optimizer.rate(trainer.steps) for optimizer in bound.optimizers], None)
        if not losses:
            trainer.check_loss(bound.steps.loss_found, x)
            trainer.check_gradients(False)
        return losses[0]

    def can_take(self, x: Array, y: Array, size: int) -> bool:
        """Return whether steps on batches of ``size`` such rows are replayed, several at a time."""
        bound = self._ready(x, y, size)
        return bound is not None and not bound.has_buffers

    def take(self, x: Array, y: Array, size: int, kept: Array, every: int = 0) -> list[float]:
        """Take a step on each batch of ``size`` rows, and return the losses of the steps that were taken.

        They are none where the first step must be taken as it is written, or fails. They are fewer than there are
        batches where a later step fails, and where, after ``every`` steps, parameters are not finite. The outputs of
        each step are copied into ``kept``, an array (steps, size, *output_shape). The caller delays Ctrl-C.
        """
        bound = self._ready(x, y, size)
        if bound is None or bound.has_buffers:
            return []
        recording, rng = bound.recording, self._trainer.network.dropout
        rates = bound.rates(self._trainer.steps, len(x) // size)
        steps = len(rates) // len(bound.optimizers)
        before = rng.bit_generator.state if recording.draws else None
        numbers = zip(*(recording.draw(rng) for _ in range(steps)), strict=True) if recording.draws else ()
        batches = [array[: steps * size].reshape(steps, size, *array.shape[1:]) for array in (x, y)]
        sources = [batches[0], *map(list, numbers), [bound.gradient] * steps, batches[1]]
        try:
            losses = self._play(bound, sources, rates, kept, every)
        finally:
            if before is not None and len(bound.steps.losses) < steps:
                rng.bit_generator.state = before
                for _ in bound.steps.losses:
                    recording.draw(rng)
        return losses

    def _play(
        self, bound: Bound, sources: list[Any], rates: list[float], kept: Array | None, every: int = 0
    ) -> list[float]:
        """Take a step with each item of the sources; return the losses of those that did not fail."""
        trainer, steps, recording, first = self._trainer, bound.steps, bound.recording, self._trainer.steps
        recording.enter(trainer.workspace, trainer.network.dropout)
        trainer.workspace.rows, trainer.outputs = recording.rows, bound.outputs
        trainer.workspace.replay.is_second(recording.kind)
        try:
            if bound.is_compiled:
                steps.take(sources, rates, first + 1, kept, every)
            else:
                with np.errstate(all="ignore"):
                    steps.take(sources, rates, first + 1, kept, every)
        finally:
            losses: list[float] = steps.losses
            trainer.steps = first + len(losses)
            recording.sources = [source[min(len(losses), len(source) - 1)] for source in sources[:-2]]
        return losses

    def _ready(self, x: Array, y: Array, size: int) -> Bound | None:
        """Return the bound steps on such batches, which are bound first where need be; None where they cannot be."""
        network, replay = self._trainer.network, self._trainer.workspace.replay
        kind = ((size, *x.shape[1:]), True)
        recording: Recording | None = None if replay is None else replay.of(kind)
        if recording is None:
            return None
        bound = self._bounds.get(kind)
        if bound is not None and bound.recording is recording and self._holds(bound.facts):
            return bound if network.nodes == recording.nodes else None
        kept = [replay.of(other) for other in self._bounds]
        self._bounds = {
            other: bound
            for (other, bound), recorded in zip(self._bounds.items(), kept, strict=True)
            if recorded is bound.recording and other != kind
        }
        if recording.backward is None or not recording.fits(network.layers):
            return None
        if (bound := self._bind(recording, y[:size].copy())) is not None:
            self._bounds[kind] = bound
        return bound

    def _bind(self, recording: Recording, y: Array) -> Bound | None:
        """Bind the kernels of a step around those of a recorded pass; return None where one is no compiled kernel."""
        trainer = self._trainer
        network, loss, parts = trainer.network, trainer.loss, trainer.parts.parts
        vector, memory, outputs = network.vector, trainer.memory, recording.forward.result[0]
        optimizers = [part.optimizer for part in parts]
        assert outputs is not None
        updates = [UPDATES.get(type(optimizer), "") for optimizer in optimizers]
        names = ["fill", LOSSES.get(type(loss), ""), "all_finite", "all_finite", *updates]
        if not parts or not all(isinstance(KERNELS.get(name), BuiltinFunctionType) for name in names):
            return None
        if self.why_not() is not None or recording.forward.gives_sources or not compiled().holds(FACTS):
            return None
        if any(getattr(type(network), name) is not method for owner, name, method in FACTS if owner is Network):
            return None
        gradient = trainer.scratch.empty("gradient", outputs.shape, outputs.dtype)
        bound = [
            rehearse(network.clear_gradients),
            rehearse(loud(loss.__call__), outputs, y, gradient=gradient),
            rehearse(KERNELS["all_finite"], vector.grad),
            rehearse(KERNELS["all_finite"], vector.value),
            *(rehearse(loud(part.optimizer.update), *part.arrays(network, memory), trainer.steps) for part in parts),
        ]
        if None in bound:
            return None
        held: list[list[Any]] = [[vector], [outputs, y, gradient], *[[vector, *memory.values()]] * (2 + len(parts))]
        fill, of_loss, finite, sound, *rules = (
            Call(name, arguments, (), kernel, KERNELS[name])
            for name, arguments, kernel in zip(names, held, bound, strict=True)
        )
        clip = (
            [] if trainer.clip is None else [Call(loud(trainer.clip.__call__), [vector.grad], (), None, trainer.clip)]
        )
        assert recording.backward is not None
        no_sources: list[Any] = [None] * (len(recording.sources) + 1)
        tapes = [
            tape_of([fill], [])[0],
            recording.forward.tape,
            tape_of([of_loss], [*no_sources, y])[0],
            recording.backward.tape,
            tape_of([finite], [])[0],
            tape_of([*clip, *rules], [])[0],
            tape_of([sound], [])[0],
        ]
        return Bound(
            recording,
            compiled().Steps(*tapes, outputs, len(rules)),
            outputs,
            gradient,
            optimizers,
            facts=[
                *recording.facts,
                *(fact for fact in FACTS if fact[0] in (Network, type(loss), *map(type, optimizers))),
                *((KERNELS, name, KERNELS[name]) for name in names),
                *((trainer, name, getattr(trainer, name)) for name in ("_optimizer", "memory", "workspace")),
                *((memory, name, array) for name, array in memory.items()),
                (network, "vector", vector),
            ],
            is_compiled=recording.forward.is_compiled and recording.backward.is_compiled and not clip,
            has_buffers=bool(network.buffers),
        )
