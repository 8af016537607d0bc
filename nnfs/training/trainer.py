"""Training: one step, and `fit`, which takes many.

A step reads aloud as: clear the gradients, go forward, take the loss, go backward, clip, update; it stops where the
loss or a gradient is not finite.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count, as_flag, as_number, check_list
from ..errors import NumericError, ShapeError
from ..layers.scratch import Scratch
from ..losses import Loss, get_loss
from ..metrics import Metric, check_metrics, get_metrics
from ..network.network import BATCH_SIZE, Network
from ..optimizers import Optimizer, get_optimizer
from ..system.floating_point import loud
from ..system.interrupts import HeldInterrupts
from .batches import ArrayBatches, Batches, Gate, as_batches
from .callback import Callback, check_hooks
from .class_weight import ClassWeight
from .clipping import ClipNorm, ClipValue, get_clipping
from .history import History
from .loop import Augmentation, Training
from .progress import Progress


class Trainer:
    """Train a network step by step.

    Owns what training remembers: the buffers of the pass, the optimizer's memory and the number of steps taken.

    Parameters
    ----------
    network : Network
        Its parameters are changed in place.
    loss : str or Loss
        See `nnfs.losses`.
    optimizer : str or Optimizer
        See `nnfs.optimizers`.
    metrics : list of str or function, or None
        What to report beside the loss: names of `nnfs.metrics`, and functions of (outputs, targets). None is what
        goes with the loss, such as accuracy.
    clip_norm, clip_value : float or None
        A bound for the norm of all gradients together, or for each number of them; see `nnfs.training.clipping`.
    """

    # Slots, so that an attribute that nothing reads is refused, at no cost in each step.
    _KEPT = ("_clip", "_gate", "_loss", "_metrics", "_network", "_optimizer", "memory", "steps")
    __slots__ = (*_KEPT, "__weakref__", "_scratch", "_formula", "_running", "_update", "_workspace", "outputs")

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
        self.steps = 0
        self.memory = self.optimizer.memory(network.vector.value)
        self._gate = Gate(network, self.loss)
        self._make_buffers()

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._KEPT} | getattr(self, "__dict__", {})

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._make_buffers()

    @property
    def network(self) -> Network:
        """The network, which stays; for another one make a new trainer."""
        return self._network

    @property
    def metrics(self) -> dict[str, Metric]:
        """The metrics by name, which stay; for others make a new trainer."""
        return self._metrics

    @property
    def clip(self) -> ClipNorm | ClipValue | None:
        """What bounds the gradients, which stays; None for no bound."""
        return self._clip

    @property
    def loss(self) -> Loss:
        """The loss, which stays; for another one make a new trainer."""
        return self._loss

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer; another one may follow that has the same memory, such as ``optimizer.scaled(0.5)``."""
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
        self._optimizer, self._update = optimizer, loud(optimizer.update)

    def _make_buffers(self) -> None:
        self._formula, self._update = loud(self.loss.__call__), loud(self.optimizer.update)
        self.outputs: Array = np.empty(0)
        self._workspace = self._network.workspace()
        self._running = list(self._network.buffers.values())
        self._scratch = Scratch()

    def step(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """Take one step on the batch x (N, ...), y (N, ...), and return the loss before the update.

        ``sample_weight`` (N,) is what each sample counts, see `Loss.weighted`.

        Raises ShapeError, DTypeError or ValueError for a batch that does not fit, and NumericError where the loss
        or a gradient is not finite; weights, running statistics and the optimizer are then what they were. Ctrl-C
        waits for the end of the step, so that it leaves all of one step.
        """
        x, y, weights = self._gate.check(x, y, sample_weight)
        if not len(x):
            raise ShapeError("x has no rows; a training step needs at least one sample")
        with HeldInterrupts():
            return self._step(x, y, weights)

    def _step(self, x: Array, y: Array, weights: Array | None = None) -> float:
        before, steps = [array.copy() for array in self._running], self.steps
        try:
            return self._forward_backward_update(x, y, weights)
        except BaseException:
            if self.steps == steps:  # behind the update, the statistics are those of its weights
                for array, values in zip(self._running, before, strict=True):
                    array[...] = values
            raise

    def _forward_backward_update(self, x: Array, y: Array, weights: Array | None) -> float:
        network = self._network
        if network.loss is not self._loss:
            network.loss = self._loss
        network.clear_gradients()
        with np.errstate(all="ignore"):  # what is not finite is reported by an error, not by a warning
            self.outputs = outputs = network.run_forward(x, self._workspace, training=True)
            gradient = self._scratch.empty("gradient", outputs.shape, outputs.dtype)
            if weights is None:
                loss = self._formula(outputs, y, gradient=gradient)
            else:
                loss = loud(self.loss.weighted)(outputs, y, weights, gradient=gradient)
            if not math.isfinite(loss):
                text, facts = self._first_non_finite(x)
                raise NumericError(f"the loss is {loss} at step {self.steps}; {text}", step=self.steps, **facts)
            network.run_backward(gradient, self._workspace)
            if not kernels.all_finite(network.vector.grad):
                text, facts = self.non_finite("grad")
                raise NumericError(f"a gradient is not finite at step {self.steps}: {text}", step=self.steps, **facts)
            if self._clip is not None:
                self._clip(network.vector.grad)
            vector, memory = network.vector, self.memory
            # One statement: whatever breaks in finds the step before the update or behind it.
            _, self.steps = self._update(vector.value, vector.grad, memory, self.steps), self.steps + 1
        return loss

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        epochs: int = 1,
        batch_size: int | None = None,
        steps_per_epoch: int | None = None,
        validation_data: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        augment: Sequence[Augmentation] = (),
        callbacks: Sequence[Callback] = (),
        verbose: str | int | bool = "auto",
    ) -> History:
        """Train for a number of epochs; see `Sequential.fit`. Calling it again goes on where it stopped."""
        epochs = as_count(epochs, "fit: epochs")
        if batch_size is not None:
            batch_size = as_count(batch_size, "fit: batch_size")
        if steps_per_epoch is not None:
            steps_per_epoch = as_count(steps_per_epoch, "fit: steps_per_epoch")
        held_out = as_number(validation_split, "fit: validation_split", minimum=0, below=1)
        progress = Progress(epochs, verbose)
        check_list(augment, "fit: augment", callable, "functions of (x, rng)")
        check_list(callbacks, "fit: callbacks", _is_callback, "callbacks, see nnfs.callbacks")
        for callback in callbacks:
            check_hooks(callback)
        gate = self._gate
        rng = self._network.shuffling if as_flag(shuffle, "fit: shuffle") else None
        batches = as_batches(
            x,
            y,
            sample_weight,
            gate,
            batch_size=batch_size,
            default_size=32,
            rng=rng,
            steps_per_epoch=steps_per_epoch,
        )
        if isinstance(batches, ArrayBatches):
            y_of_one = self.loss.check_targets(batches.y[:1], self._network.output_shape, self._network.dtype)
            check_metrics(self._metrics, np.zeros((1, *self._network.output_shape), self._network.dtype), y_of_one)
        validation = None
        if validation_data is not None:
            if held_out:
                raise ValueError("fit: give validation_data or validation_split, not both")
            validation = _validation(validation_data, gate)
        elif held_out and not isinstance(batches, ArrayBatches):
            raise ValueError("fit: validation_split needs arrays x and y; give validation_data instead")
        weighting = None
        if class_weight is not None:
            shape, dtype, targets = self._network.output_shape, self._network.dtype, None
            if isinstance(batches, ArrayBatches):
                targets = self.loss.check_targets(batches.y, shape, dtype)
            weighting = ClassWeight(class_weight, self.loss, shape, targets)
            if targets is not None:
                weighting(targets, None, dtype)
        training = Training(
            self,
            batches,
            validation,
            epochs=epochs,
            held_out=held_out,
            class_weight=weighting,
            augment=augment,
            callbacks=callbacks,
        )
        history = training.run(progress)
        progress.end(history, self._network.digest)
        return history

    def _first_non_finite(self, x: Array) -> tuple[str, dict[str, Any]]:
        """Say which layer gave the first output that is not finite, in words and as facts of an error."""
        if not np.isfinite(x).all():
            return "the batch itself holds numbers that are not finite", {}
        for index, (layer, output) in enumerate(self._network.trace(x)):
            if not np.isfinite(output).all():
                return f"the first output that is not finite is that of layer {index}, {layer!r}", {"layer": index}
        return "outside training, without dropout, all layers' outputs are finite: else the loss itself overflowed", {}

    def non_finite(self, attribute: str) -> tuple[str, dict[str, Any]]:
        """Say which parameter's ``value`` or ``grad`` is the first that is not finite, and of which layer."""
        for name, parameter in self._network.parameters.items():
            if not np.isfinite(getattr(parameter, attribute)).all():
                index = int(name.split(".")[0])
                text = f"{name}, of layer {index}, {self._network.layers[index]!r}"
                return text, {"layer": index, "parameter": name}
        return "none", {}


def _validation(data: Any, gate: Gate) -> Batches:
    if not isinstance(data, tuple | list) or (isinstance(data, list) and data and isinstance(data[0], tuple)):
        if isinstance(data, np.ndarray):
            raise ShapeError("fit: validation_data must be (x, y), (x, y, sample_weight) or an iterable of batches")
        return as_batches(data, None, None, gate, batch_size=None, default_size=BATCH_SIZE, which="validation ")
    if len(data) not in (2, 3):
        raise ShapeError(f"fit: validation_data must be (x, y) or (x, y, sample_weight), got {len(data)} items")
    x, y, *rest = data
    weights = rest[0] if rest else None
    return as_batches(x, y, weights, gate, batch_size=None, default_size=BATCH_SIZE, which="validation ")


def _is_callback(item: Any) -> bool:
    return isinstance(item, Callback)
