"""Training: one step, and the loop over epochs.

A step reads aloud as: clear the gradients, go forward, take the loss, go backward, update.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from . import _kernels as kernels
from ._kernels.interface import Array
from .arrays import as_batch, check_finite, check_same_length
from .context import Context
from .errors import NumericError, ShapeError
from .history import History
from .hyperparameters import as_count, as_number
from .losses import Loss, get_loss
from .optimizers import Optimizer, get_optimizer
from .progress import Progress
from .split import split_indices

if TYPE_CHECKING:
    from .network import Sequential

Data: TypeAlias = tuple[Any, Any]


class Trainer:
    """Train a network step by step.

    Owns what training remembers: the buffers of the pass, the optimizer's memory and the number of steps taken.

    Parameters
    ----------
    network : Sequential
        Its parameters are changed in place.
    loss : str or Loss
        See `nnfs.losses`.
    optimizer : str or Optimizer
        See `nnfs.optimizers`.
    """

    def __init__(self, network: Sequential, *, loss: str | Loss, optimizer: str | Optimizer = "adam") -> None:
        self.network = network
        self.loss = get_loss(loss)
        self.optimizer = get_optimizer(optimizer)
        self.loss.check_last_layer(network.layers[-1])
        self.steps = 0
        self.outputs: Array = np.empty(0)
        self.memory = self.optimizer.memory(network.vector.value)
        self._workspace = network.workspace()
        self._buffers = Context()

    def step(self, x: Any, y: Any) -> float:
        """Take one step on the batch x (N, ...), y (N, ...), and return the loss before the update.

        Raises ShapeError, DTypeError or ValueError for a batch that does not fit, and NumericError where the loss
        or a gradient is not finite; the parameters are then what they were.
        """
        x = as_batch(x, self.network.input_shape, self.network.dtype)
        y = self.loss.check_targets(y, self.network.output_shape, self.network.dtype)
        check_same_length(x, y)
        if not len(x):
            raise ShapeError("x has no rows; a training step needs at least one sample")
        return self._step(x, y)

    def _step(self, x: Array, y: Array) -> float:
        network = self.network
        network.loss = self.loss
        network.clear_gradients()
        self.outputs = outputs = network.forward(x, self._workspace, training=True)
        gradient = self._buffers.empty("gradient", outputs.shape, outputs.dtype)
        with np.errstate(all="ignore"):  # what is not finite is reported below, by an error and not by a warning
            loss = self.loss(outputs, y, gradient=gradient)
        if not math.isfinite(loss):
            text, facts = self._first_non_finite(x)
            raise NumericError(f"the loss is {loss} at step {self.steps}; {text}", step=self.steps, **facts)
        network.backward(gradient, self._workspace)
        if not kernels.all_finite(network.vector.grad):
            text, facts = self._non_finite("grad")
            raise NumericError(f"a gradient is not finite at step {self.steps}: {text}", step=self.steps, **facts)
        with np.errstate(all="ignore"):
            self.optimizer.update(network.vector.value, network.vector.grad, self.memory, self.steps)
        self.steps += 1
        return loss

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        epochs: int = 1,
        batch_size: int = 32,
        validation_data: Data | None = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        verbose: str | int | bool = "auto",
    ) -> History:
        """Train for a number of epochs; see `Sequential.fit`. Calling it again goes on where it stopped."""
        epochs = as_count(epochs, "fit: epochs")
        batch_size = as_count(batch_size, "fit: batch_size")
        held_out = as_number(validation_split, "fit: validation_split", minimum=0, below=1)
        progress = Progress(epochs, verbose)
        x, y = self._check_data(x, y, "")
        if validation_data is not None:
            if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
                raise ShapeError("fit: validation_data must be a pair (x, y)")
            if held_out:
                raise ValueError("fit: give validation_data or validation_split, not both")
            validation_data = self._check_data(*validation_data, "validation ")
        elif held_out:
            kept, held = split_indices(len(x), held_out, self.network.shuffling, classes=self.loss.strata(y))
            x, y, validation_data = x[kept], y[kept], (x[held], y[held])
        history = History()
        try:
            for epoch in range(epochs):
                progress.begin_epoch(epoch, -(-len(x) // batch_size))
                figures = self._epoch(x, y, epoch, batch_size, shuffle, history, progress)
                if validation_data is not None:
                    evaluated = self.network.evaluate(*validation_data, loss=self.loss)
                    figures |= {f"val_{name}": value for name, value in evaluated.items()}
                history.epochs.append(figures)
                progress.end_epoch(epoch, figures)
        finally:
            progress.close()
        return history

    def _epoch(
        self, x: Array, y: Array, epoch: int, batch_size: int, shuffle: bool, history: History, progress: Progress
    ) -> dict[str, float]:
        """Take every sample once, in random order if ``shuffle``, and return the epoch's figures."""
        began = time.perf_counter()
        order = self.network.shuffling.permutation(len(x)) if shuffle else np.arange(len(x))
        totals = dict.fromkeys(("loss", *self.loss.metrics), 0.0)
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            batch_x, batch_y = self._take("x", x, rows), self._take("y", y, rows)
            try:
                loss = self._step(batch_x, batch_y)
            except NumericError as error:
                raise error.reworded(f"epoch {epoch + 1}: {error}", epoch=epoch + 1) from None
            history.step_losses.append(loss)
            totals["loss"] += loss * len(rows)
            for name, metric in self.loss.metrics.items():
                totals[name] += metric(self.outputs, batch_y) * len(rows)
            progress.step(loss)
        if not kernels.all_finite(self.network.vector.value):
            text, facts = self._non_finite("value")
            raise NumericError(
                f"epoch {epoch + 1}: a parameter is not finite after step {self.steps - 1}, which went too far: "
                f"{text}; try a smaller learning rate",
                epoch=epoch + 1,
                step=self.steps - 1,
                **facts,
            )
        figures = {name: total / len(x) for name, total in totals.items()}
        figures["learning_rate"] = self.optimizer.schedule(self.steps - 1)
        figures["seconds"] = time.perf_counter() - began
        return figures

    def _take(self, name: str, values: Array, rows: Array) -> Array:
        """Copy rows into the trainer's own buffer."""
        batch = self._buffers.empty(name, (len(rows), *values.shape[1:]), values.dtype)
        # mode="clip" lets NumPy write straight into ``out``; every row is in range.
        return np.take(values, rows, axis=0, out=batch, mode="clip")

    def _check_data(self, x: Any, y: Any, which: str) -> tuple[Array, Array]:
        x = as_batch(x, self.network.input_shape, self.network.dtype, f"{which}x")
        y = self.loss.check_targets(y, self.network.output_shape, self.network.dtype, f"{which}y")
        check_same_length(x, y, f"{which}x", f"{which}y")
        if not len(x):
            raise ShapeError(f"{which}x has no rows; there is nothing to learn from")
        check_finite(x, f"{which}x")
        check_finite(y, f"{which}y")
        return x, y

    def _first_non_finite(self, x: Array) -> tuple[str, dict[str, Any]]:
        """Say which layer gave the first output that is not finite, in words and as facts of an error."""
        if not np.isfinite(x).all():
            return "the batch itself holds numbers that are not finite", {}
        for index, (layer, output) in enumerate(self.network.trace(x)):
            if not np.isfinite(output).all():
                return f"the first output that is not finite is that of layer {index}, {layer!r}", {"layer": index}
        return "all layers' outputs are finite: the loss itself overflowed", {}

    def _non_finite(self, attribute: str) -> tuple[str, dict[str, Any]]:
        """Say which parameter's ``value`` or ``grad`` is the first that is not finite, and of which layer."""
        for name, parameter in self.network.parameters.items():
            if not np.isfinite(getattr(parameter, attribute)).all():
                index = int(name.split(".")[0])
                text = f"{name}, of layer {index}, {self.network.layers[index]!r}"
                return text, {"layer": index, "parameter": name}
        return "none", {}
