"""One training step: clear the gradients, go forward, take the loss, go backward, clip, update.

It stops before the update where the loss or a gradient is not finite, and names the layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..errors import NumericError, ShapeError
from ..layers.scratch import Scratch
from ..losses import Loss, get_loss
from ..metrics import Metric, get_metrics, measure
from ..network.network import Network
from ..optimizers import Optimizer, get_optimizer
from ..system.floating_point import loud
from ..system.interrupts import HeldInterrupts
from .clipping import ClipNorm, ClipValue, get_clipping
from .full_batch import check_is_steady, minimize
from .gate import Gate
from .non_finite import non_finite_output, non_finite_parameter
from .replayed_steps import ReplayedSteps
from .shards import Division, drawing
from .trained_parts import TrainedParts


class Stepper:
    """Take training steps on a network; `nnfs.Trainer` adds ``fit``, which takes many.

    Parameters
    ----------
    network : Network
        Its parameters are changed in place.
    loss, optimizer : str, or Loss and Optimizer
        What each step makes smaller, and how.
    metrics : list of str or function, or None
        What is reported beside the loss; None is what goes with the loss.
    clip_norm, clip_value : float or None
        A bound for the norm of all gradients together, or for each number of them.

    Attributes
    ----------
    steps : int
        How many steps were taken.
    memory : dict of ndarray
        What the optimizer remembers, by name: vectors as long as that of all parameters.
    outputs : ndarray
        The network's outputs for the batch of the last step; valid until the next one.
    measured : list of float
        The metrics of the last step's batch, where it was divided into shards.
    workspace : Workspace
        The buffers of the last step's pass, which the next step writes into.
    """

    # Slots, so that an attribute that nothing reads is refused, at no cost in each step.
    _KEPT = ("_clip", "gate", "_loss", "_metrics", "_network", "_optimizer", "memory", "steps")
    _MADE = ("_formula", "_parts", "_replayed", "_running", "measured", "outputs", "scratch", "workspace")
    __slots__ = (*_KEPT, *_MADE, "__weakref__")

    def __init__(
        self,
        network: Network,
        *,
        loss: str | Loss,
        optimizer: str | Optimizer = "adam",
        metrics: Sequence[str | Metric] | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ) -> None:
        self._network = network
        self._loss = get_loss(loss)
        self._optimizer = get_optimizer(optimizer)
        self.loss.check_last_layer(network.layers[-1])
        self._metrics = self.loss.metrics if metrics is None else get_metrics(metrics)
        self._clip = get_clipping(clip_norm, clip_value)
        if self._clip is not None and self._optimizer.needs_all_samples:
            raise ValueError(
                f"{self._optimizer!r} searches for the length of its steps: leave clip_norm, clip_value out"
            )
        self.steps = 0
        self.memory = self.optimizer.memory(network.vector.value)
        self.gate = Gate(network, self.loss)
        self._make_buffers()

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._KEPT} | getattr(self, "__dict__", {})

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._make_buffers()

    @property
    def network(self) -> Network:
        """The network that is trained; it cannot be replaced: make a new trainer for another one."""
        return self._network

    @property
    def metrics(self) -> dict[str, Metric]:
        """The metrics by name; they cannot be replaced: make a new trainer for others."""
        return self._metrics

    @property
    def clip(self) -> ClipNorm | ClipValue | None:
        """What bounds the gradients, None for no bound; it cannot be replaced."""
        return self._clip

    @property
    def loss(self) -> Loss:
        """The loss that each step makes smaller; it cannot be replaced: make a new trainer for another one."""
        return self._loss

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer; it may be replaced by one that remembers the same, such as ``optimizer.scaled(0.5)``."""
        return self._optimizer

    @optimizer.setter
    def optimizer(self, optimizer: str | Optimizer) -> None:
        optimizer = get_optimizer(optimizer)
        slots = {name: vector.shape for name, vector in optimizer.memory(self._network.vector.value).items()}
        if slots != {name: vector.shape for name, vector in self.memory.items()}:
            raise ValueError(
                f"the trainer remembers {', '.join(self.memory) or 'nothing'} for {self._optimizer!r}, which "
                f"{optimizer!r} cannot go on with; write nnfs.Trainer(network, loss=..., optimizer=...)"
            )
        self._optimizer = optimizer

    def _make_buffers(self) -> None:
        self._formula = loud(self.loss.__call__)
        self._parts: TrainedParts | None = None
        self.outputs: Array = np.empty(0)
        self.measured: list[float] = []
        self.workspace = self._network.workspace()
        self._running = list(self._network.buffers.values())
        self.scratch = Scratch()
        self._replayed = ReplayedSteps(self)

    @property
    def parts(self) -> TrainedParts:
        """What a step changes now: layers may be frozen, or train again, between any two steps."""
        if self._parts is None or not self._parts.are_current(self._optimizer):
            self._parts = TrainedParts(self._network, self._optimizer)
        return self._parts

    def step(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """Take one step on the batch x (N, ...), y (N, ...), and return the loss before the update.

        ``sample_weight`` (N,) is what each sample counts, see `Loss.weighted`. Ctrl-C waits for the end of the step.

        Raises
        ------
        ShapeError, DTypeError, ValueError
            For a batch that does not fit.
        NumericError
            Where the loss or a gradient is not finite; weights, running statistics and optimizer are unchanged.
        """
        x, y, weights = self.gate.check(x, y, sample_weight)
        if not len(x):
            raise ShapeError("x has no rows; a training step needs at least one sample")
        if weights is None and (loss := self._replayed.take_one(x, y, held=False)) is not None:
            return loss
        with HeldInterrupts():
            return self.run_step(x, y, weights)

    def run_step(
        self,
        x: Array,
        y: Array,
        weights: Array | None = None,
        rows: int | None = None,
        shards: Division | None = None,
    ) -> float:
        """Take one step on a batch that was checked, and return the loss before the update.

        With ``rows``, so many samples go through the network at once, and gradients add up. With ``shards``, those of
        each shard are added in a fixed tree, and the rows are those that this rank takes of the batch. Where an error
        ends the step before the update, the running statistics of layers are put back.
        """
        before, steps = [array.copy() for array in self._running], self.steps
        self.measured = []
        try:
            if self._optimizer.needs_all_samples:
                return self._minimize(x, y, weights, rows, shards)
            is_whole = shards is None and (rows is None or len(x) <= rows)
            if weights is None and is_whole and (loss := self._replayed.take_one(x, y, held=True)) is not None:
                return loss
            return self._forward_backward_update(x, y, weights, rows, shards)
        except BaseException:
            if self.steps == steps:  # behind the update, the statistics are those of its weights
                for array, values in zip(self._running, before, strict=True):
                    array[...] = values
            raise

    def run_steps(self, x: Array, y: Array, size: int) -> tuple[list[float], Array]:
        """Take steps on the first batches of ``size`` checked rows: at least one, and more where they are replayed.

        Return the loss of each step, and the outputs (steps, size, *output_shape), valid until the next call.
        """
        outputs = self.scratch.empty("outputs", (len(x) // size, size, *self._network.output_shape), x.dtype)
        losses = self.replay_steps(x, y, size, outputs)
        return (losses, outputs) if losses else ([self.run_step(x[:size], y[:size])], self.outputs[None])

    def replay_steps(self, x: Array, y: Array, size: int, outputs: Array, every: int = 0) -> list[float]:
        """Take as many of the steps of `run_steps` as are replayed, write their outputs, and return their losses.

        They end after ``every`` steps where the parameters are not finite then.
        """
        return self._replayed.take(x, y, size, outputs, every)

    def replays(self, x: Array, y: Array, size: int) -> bool:
        """Return whether `replay_steps` takes steps on batches of ``size`` such rows, now that some were taken."""
        return self._replayed.can_take(x, y, size)

    def why_not_replayed(self) -> str | None:
        """Return whether loss or optimizer keeps steps from being replayed as a whole, in words; None where neither."""
        return self._replayed.why_not()

    def _forward_backward_update(
        self, x: Array, y: Array, weights: Array | None, rows: int | None, shards: Division | None
    ) -> float:
        network, parts = self._network, self.parts
        if network.loss is not self._loss:
            network.loss = self._loss
        with np.errstate(all="ignore"):  # what is not finite is reported by an error, not by a warning
            loss = self._loss_and_gradients(x, y, weights, rows, shards)
            if self._clip is not None:
                self._clip(network.vector.grad)
            # One statement: whatever breaks in finds the step before the update or behind it.
            self.steps = parts.update(self.memory, self.steps)
        return loss

    def _loss_and_gradients(
        self, x: Array, y: Array, weights: Array | None, rows: int | None, shards: Division | None
    ) -> float:
        """Return the loss of a batch, and leave its gradients in the parameters."""
        loss = self._pass(x, y, weights, rows) if shards is None else self._by_shards(x, y, weights, rows, shards)
        self.check_gradients(kernels.all_finite(self._network.vector.grad))
        return loss

    def _pass(self, x: Array, y: Array, weights: Array | None, rows: int | None) -> float:
        """Return the loss of a batch or a shard, and leave its gradients, finite or not, in the parameters."""
        self._network.clear_gradients()
        if rows is None or len(x) <= rows:
            return self._add_gradients(x, y, weights)
        return self._accumulate(x, y, weights, rows)

    def _by_shards(self, x: Array, y: Array, weights: Array | None, rows: int | None, shards: Division) -> float:
        """Return the loss of a batch, and leave its gradients; each shard starts from the same running statistics."""
        network, gradients = self._network, self._network.vector.grad
        outputs = self.scratch.empty("outputs of shards", (len(x), *network.output_shape), x.dtype)
        running = [array for array in self._running if array.dtype.kind == "f"]  # counts of batches are equal in all
        before = [array.copy() for array in self._running]

        errors = []

        def of_shard(index: int, part: slice) -> list[Array]:
            for array, values in zip(self._running, before, strict=True):
                array[...] = values
            figures = np.full(1 + len(self.metrics), np.nan)
            try:
                with drawing(network, "dropout", self.steps, index):
                    figures[0] = self._pass(x[part], y[part], None if weights is None else weights[part], rows)
                outputs[part] = self.outputs
                figures[1:] = [measure(name, metric, self.outputs, y[part]) for name, metric in self.metrics.items()]
            except NumericError as error:
                errors.append(error)
            return [gradients, figures, *running]

        shards.mean([gradients, figures := np.empty(1 + len(self.metrics)), *running], of_shard)
        if errors:  # raised behind the sum, so that all ranks stop here
            raise errors[0]
        loss, *measured = figures.tolist()
        if not math.isfinite(loss):
            raise NumericError(f"the loss is {loss} at step {self.steps}, by the rows of another rank", step=self.steps)
        self.outputs, self.measured = outputs, self.measured or measured  # an optimizer may look more than once
        return loss

    def _add_gradients(self, x: Array, y: Array, weights: Array | None, share: float = 1.0) -> float:
        """Return the loss of a batch, and add a ``share`` of its gradients to those of the parameters."""
        network = self._network
        self.outputs = outputs = network.run_forward(x, self.workspace, training=True)
        gradient = self.scratch.empty("gradient", outputs.shape, outputs.dtype)
        if weights is None:
            loss = self._formula(outputs, y, gradient=gradient)
        else:
            loss = loud(self.loss.weighted)(outputs, y, weights, gradient=gradient)
        self.check_loss(loss, x)
        if share != 1:
            gradient *= share
        network.run_backward(gradient, self.workspace)
        return loss

    def _accumulate(self, x: Array, y: Array, weights: Array | None, rows: int) -> float:
        """Do what `_add_gradients` does, ``rows`` samples at a time, in the memory that these take."""
        outputs = self.scratch.empty("all outputs", (len(x), *self._network.output_shape), x.dtype)
        loss = 0.0
        for start in range(0, len(x), rows):
            part = slice(start, start + rows)
            share = len(x[part]) / len(x)  # losses are means
            loss += share * self._add_gradients(x[part], y[part], None if weights is None else weights[part], share)
            outputs[part] = self.outputs
        self.outputs = outputs
        return loss

    def _minimize(self, x: Array, y: Array, weights: Array | None, rows: int | None, shards: Division | None) -> float:
        """Let an optimizer that looks at the loss more than once take a step; where it fails, put the weights back."""
        check_is_steady(self._network)
        return minimize(self, lambda: self._loss_and_gradients(x, y, weights, rows, shards))

    def check_loss(self, loss: float, x: Array) -> None:
        """Raise NumericError where the loss of a batch x is not finite, and name the layer."""
        if not math.isfinite(loss):
            text, facts = non_finite_output(self._network, x)
            raise NumericError(f"the loss is {loss} at step {self.steps}; {text}", step=self.steps, **facts)

    def check_gradients(self, are_finite: bool) -> None:
        """Raise NumericError where gradients are not finite, and name the parameter."""
        if not are_finite:
            text, facts = self.non_finite("grad")
            raise NumericError(f"a gradient is not finite at step {self.steps}: {text}", step=self.steps, **facts)

    def non_finite(self, attribute: str) -> tuple[str, dict[str, Any]]:
        """Return which parameter is the first that is not finite, see `non_finite_parameter`."""
        return non_finite_parameter(self._network, attribute)
