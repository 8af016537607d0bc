"""The loop of a training: epoch after epoch, the batches of each, and the calls of callbacks on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.arrays import as_batch
from ..errors import DTypeError, NumericError, ShapeError
from ..metrics import measure_each
from ..system.interrupts import HeldInterrupts
from . import evaluation, resuming
from .array_batches import ArrayBatches
from .callback import Callback
from .equal_ranks import check_equal
from .history import History
from .progress import Progress
from .shards import Division, drawing
from .together import Together
from .training import Training
from .whole_epochs import WholeEpochs

if TYPE_CHECKING:
    from .diagnosis.watch import Watch

AT_ENDS = ("on_epoch_begin", "on_validation_begin", "on_validation_end", "on_epoch_end")
"""The methods of callbacks that are called where an epoch begins or ends."""


class Loop:
    """Run a training; nothing changes before `run`.

    Parameters
    ----------
    training : Training
        The training to run; the loop keeps it up to date for callbacks.
    progress : Progress
        What reports steps and epochs.
    watch : Watch or None
        What looks for things that go wrong.
    """

    def __init__(self, training: Training, progress: Progress, watch: Watch | None = None) -> None:
        self.training, self.progress, self.watch = training, progress, watch
        self.callbacks: Sequence[Callback] = training.callbacks
        self._interrupts = HeldInterrupts()
        self._step_ends, self._pauses = self._overriding("on_step_end"), self._overriding("on_pause")
        each = [*self._step_ends, *(callback.on_pause for callback in self.callbacks if callback.pauses_each_step())]
        self._together = Together(training, watch, each[0].__qualname__ if each else "")
        self._whole = WholeEpochs(training)
        is_seen = bool(progress.verbose) or any(map(self._overriding, AT_ENDS))
        is_seen |= any(callback.pauses_each_epoch() for callback in self.callbacks)
        self._are_unseen = self._together.most > 1 and not is_seen
        if watch is not None:
            self._step_ends.append(watch.end_step)

    def run(self) -> History:
        """Train until the last epoch, a stop, or an error, and return the history."""
        training = self.training
        with ExitStack() as ends:
            ends.enter_context(training.ranks.together(self._place))
            ends.callback(self.progress.close)
            ends.enter_context(self._interrupts)
            ends.callback(training.batches.close)
            try:
                self._begin(ends)
                self._interrupts.release()
                while training.epoch < training.epochs and training.stopped is None:
                    if not self._run_whole_epochs():
                        self._run_epoch()
            except BaseException as error:
                training.error = error
                raise
            finally:
                self._interrupts.hold()  # what callbacks do at the end, such as putting weights back, they do whole
        return training.history

    def _begin(self, ends: ExitStack) -> None:
        """Restore an earlier state, if any, and let callbacks begin; where one raises an error, put everything back."""
        training, shuffling = self.training, self.training.network.shuffling
        undo = ends.enter_context(ExitStack())
        if training.held_out:
            assert isinstance(training.batches, ArrayBatches)
            undo.callback(setattr, shuffling.bit_generator, "state", shuffling.bit_generator.state)
            shuffling.permutation(len(training.batches.y))  # else the first epoch's order is drawn as the split was
        states = (callback.earlier_state() for callback in self.callbacks)
        earlier = training.ranks.of_first(next((state for state in states if state is not None), None))
        if earlier is not None:
            undo.callback(resuming.restore(training, earlier))
        for callback in self.callbacks:
            callback.on_train_begin(training)
            ends.callback(callback.on_train_end, training)
        undo.pop_all()
        training.network.replayed = str(self._together)
        self._together.announce()

    def _run_epoch(self) -> None:
        training = self.training
        if not training.batch:
            training.totals = dict.fromkeys(("loss", *training.trainer.metrics), 0.0)
            training.samples, training.seconds = 0, 0.0
            for callback in self.callbacks:
                callback.on_epoch_begin(training)
        self._run_batches()
        self._check_parameters()
        with ExitStack() as ends:
            for callback in self.callbacks:
                ends.callback(callback.on_validation_end, training)
                callback.on_validation_begin(training)
            training.history.epochs.append(self._figures())
            self.progress.end_epoch(training.epoch, training.history.epochs[-1])
            if self.watch is not None:
                self.watch.end_epoch()
            for callback in self.callbacks:
                callback.on_epoch_end(training)
        check_equal(training.ranks, lambda: {"weights": training.network.digest(), "stopped": training.stopped})
        training.epoch, training.batch = training.epoch + 1, 0
        for on_pause in self._pauses:
            on_pause(training)

    def _run_whole_epochs(self) -> bool:
        """Run several epochs at once, and return whether that was possible."""
        self._interrupts.hold()
        try:
            was_possible = self._are_unseen and self._whole.take()
        finally:
            self._interrupts.release()
        if was_possible:
            for on_pause in self._pauses:
                on_pause(self.training)
        return was_possible

    def _run_batches(self) -> None:
        """Take a step on each batch of the epoch that is left, until a callback stops the training."""
        training, progress, interrupts = self.training, self.progress, self._interrupts
        began = time.perf_counter() - training.seconds
        progress.begin_epoch(training.epoch, training.batches.steps, training.batch)
        with closing(self._together.epoch()) as batches:
            for x, y, weights, size in batches:
                before = training.batch
                interrupts.hold()
                try:
                    self._take_steps(x, y, weights, size)
                finally:
                    interrupts.release()
                training.seconds = time.perf_counter() - began
                progress.step(training.batch - before)
                for on_step_end in self._step_ends:
                    on_step_end(training)
                if training.stopped is not None:
                    break
                for on_pause in self._pauses:
                    on_pause(training)

    def _take_steps(self, x: Array, y: Array, weights: Array | None, size: int) -> None:
        """Take a step on ``size`` rows, or several, and add their losses and metrics to those of the epoch."""
        training, trainer = self.training, self.training.trainer
        shards = None if training.shards is None else training.shards.divide(size)
        x = self._augmented(x, shards)
        if training.class_weight is not None:
            weights = training.class_weight(y, weights, x.dtype)
        try:
            if len(x) > size:
                losses, outputs = trainer.run_steps(x, y, size)
            else:
                rows = training.batches.pass_rows
                losses, outputs = [trainer.run_step(x, y, weights, rows, shards)], trainer.outputs[None]
        except NumericError as error:
            raise error.reworded(f"epoch {training.epoch + 1}: {error}", epoch=training.epoch + 1) from None
        training.loss = losses[-1]
        training.batch += len(losses)
        training.history.step_losses += losses
        training.samples += len(losses) * size
        for loss in losses:
            training.totals["loss"] += loss * size
        for index, (name, metric) in enumerate(trainer.metrics.items()):
            if shards is not None:
                figures = trainer.measured[index : index + 1]
            else:
                figures = measure_each(name, metric, outputs[: len(losses)], y[: len(losses) * size])
            for figure in figures:
                training.totals[name] += figure * size

    def _augmented(self, x: Array, shards: Division | None) -> Array:
        """Return a batch as ``augment`` changes it; raise an error for a shape or type that kernels do not take."""
        if not self.training.augment:
            return x
        if shards is None:
            return self._transformed(x)
        changed = [x[:0]]
        for index, part in shards.parts:
            with drawing(self.training.network, "augmentation", self.training.trainer.steps, index):
                changed.append(self._transformed(x[part]))
        return np.concatenate(changed)

    def _transformed(self, x: Array) -> Array:
        """Return a batch or a shard as ``augment`` changes it."""
        network = self.training.network
        rows, x = len(x), x.copy()  # it may be a part of the user's own array, and functions may write into it
        for index, transform in enumerate(self.training.augment):
            x = transform(x, network.augmentation)
            try:
                x = as_batch(x, network.input_shape, network.dtype)
                if len(x) != rows:
                    raise ShapeError(f"x has {len(x)} rows, but the batch has {rows}")
            except (ShapeError, DTypeError) as error:
                raise error.reworded(f"what augment[{index}] returned does not fit: {error}") from None
        return x

    def _place(self) -> str:
        """Return in words where the training is."""
        return f"epoch {self.training.epoch + 1}, step {self.training.trainer.steps}"

    def _check_parameters(self) -> None:
        """Raise NumericError where the last step of an epoch went too far: no later step would find it."""
        training, trainer = self.training, self.training.trainer
        if kernels.all_finite(training.network.vector.value):
            return
        text, facts = trainer.non_finite("value")
        raise NumericError(
            f"epoch {training.epoch + 1}: a parameter is not finite after step {trainer.steps - 1}, which went too "
            f"far: {text}; try a smaller learning rate",
            epoch=training.epoch + 1,
            step=trainer.steps - 1,
            **facts,
        )

    def _figures(self) -> dict[str, float]:
        """Return the figures of the epoch that has ended; those of validation are measured here."""
        training, trainer = self.training, self.training.trainer
        figures = training.figures(trainer.steps - 1)
        if training.validation is not None:
            evaluated = evaluation.evaluate(training.network, training.validation, trainer.loss, trainer.metrics)
            figures |= {f"val_{name}": value for name, value in evaluated.items()}
        return figures

    def _overriding(self, hook: str) -> list[Callable[[Training], None]]:
        """Return the method of this name of each callback that overrides it: most have nothing to do at each step."""
        return [
            getattr(callback, hook)
            for callback in self.callbacks
            if getattr(type(callback), hook) is not getattr(Callback, hook)
        ]
