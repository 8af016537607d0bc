"""Fitting: the loop over epochs, and over the batches of each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.arrays import as_batch
from ..arguments.elsewhere import TRAINING
from ..errors import DTypeError, NumericError, ShapeError
from ..metrics import measure
from ..network.network import BATCH_SIZE
from ..system.interrupts import HeldInterrupts
from . import evaluation, resuming
from .batches import ArrayBatches, Batches
from .callback import Callback
from .class_weight import ClassWeight
from .history import History
from .progress import Progress
from .split import hold_out

if TYPE_CHECKING:
    from .trainer import Trainer

Augmentation: TypeAlias = Callable[[Array, "np.random.Generator"], Array]


class Training:
    """One call of `fit`, as callbacks see it.

    Attributes
    ----------
    trainer : Trainer
    network : Network
    history : History
        Of all epochs so far.
    epochs, epoch, batch : int
        How many epochs there will be, in which one it is, counted from 0, and how many of its batches were taken.
    loss : float
        That of the last step.
    figure_names : list of str
        What each epoch's figures will be.
    stopped : str or None
        Why it ends before its last epoch.
    error : BaseException or None
        What ended it.
    """

    # Slots, so that an attribute that nothing reads, such as stop_training, is refused at no cost in each step.
    __slots__ = (
        *("_pauses", "_step_ends", "augment", "batch", "batches", "callbacks", "class_weight", "epoch", "epochs"),
        *("error", "figure_names", "held_out", "history", "loss", "network", "samples", "seconds", "settings"),
        *("split_state", "stopped", "totals", "trainer", "validation"),
    )

    def __init__(
        self,
        trainer: Trainer,
        batches: Batches,
        validation: Batches | None,
        *,
        epochs: int,
        held_out: float = 0.0,
        class_weight: ClassWeight | None = None,
        augment: Sequence[Augmentation] = (),
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.trainer, self.network = trainer, trainer.network
        self.batches, self.validation, self.held_out = batches, validation, held_out
        self.class_weight, self.augment, self.callbacks = class_weight, augment, callbacks
        self.history = History()
        self.epochs, self.epoch, self.batch = epochs, 0, 0
        self.loss = math.nan
        self.stopped: str | None = None
        self.error: BaseException | None = None
        self.totals: dict[str, float] = {}
        self.samples = 0
        self.seconds = 0.0
        self.split_state: Mapping[str, Any] | None = None
        if held_out:
            self._split()
        self._check_smallest_batch()
        names = ["loss", *trainer.metrics]
        self.figure_names = [*names, "learning_rate", "seconds"]
        if self.validation is not None:
            self.figure_names += [f"val_{name}" for name in names]
        self.settings = resuming.settings_of(self)
        self._step_ends = self._overriding("on_step_end")
        self._pauses = self._overriding("on_pause")

    if not TYPE_CHECKING:  # to a type checker every attribute would be there

        def __getattr__(self, name: str) -> NoReturn:
            fix = f"; {TRAINING[name]}" if name in TRAINING else ""
            raise AttributeError(f"a training has no attribute {name!r}{fix}")

    def stop(self, reason: str) -> None:
        """End the training after this step; an epoch that is broken off has figures of its steps so far."""
        self.stopped = reason

    def state(self) -> dict[str, Any]:
        """Return all that this training needs to go on in another process, see `nnfs.training.resuming`."""
        return resuming.state_of(self)

    def _split(self) -> None:
        """Hold samples out for validation, at random and, for labels, in proportion."""
        batches, rng = self.batches, self.network.shuffling
        assert isinstance(batches, ArrayBatches)
        kept, held = hold_out(self.network, self.trainer.loss, batches.y, self.held_out)
        self.split_state, batches.rows = rng.bit_generator.state, kept
        rng.permutation(len(batches.y))  # the first epoch's order is not to be drawn as the split was
        self.validation = ArrayBatches(
            *(batches.x, batches.y, batches.weights),
            batch_size=BATCH_SIZE,
            gate=batches.gate,
            is_checked=batches.is_checked,
            rows=held,
            which="validation ",
        )

    def _check_smallest_batch(self) -> None:
        """Raise ShapeError where the last batch of arrays is too small for a layer, before an epoch is lost on it."""
        if not isinstance(self.batches, ArrayBatches):
            return
        samples, batch_size, smallest = self.batches.samples, self.batches.batch_size, self.batches.smallest
        for name, chain, index in self.network.layers.walk():
            fewest = chain[index].fewest_samples(chain.shapes[index])
            if smallest >= fewest:
                continue
            self._undo_split()
            sizes = (size for size in range(batch_size + 1, samples + 1) if (samples - 1) % size + 1 >= fewest)
            raise ShapeError(
                f"fit: layer {name}, {chain[index]!r}, needs at least {fewest} samples in each batch of training, but "
                f"{samples} samples in batches of {batch_size} leave a last batch of {smallest}; "
                f"{next((f'choose batch_size={size}' for size in sizes), 'give it more samples')}"
            )

    def run(self, progress: Progress) -> History:
        """Train until the last epoch, a stop, or an error."""
        with ExitStack() as ends:
            ends.callback(progress.close)
            interrupts = ends.enter_context(HeldInterrupts())
            ends.callback(self.batches.close)
            try:
                self._begin(ends)
                interrupts.release()
                while self.epoch < self.epochs and self.stopped is None:
                    self._run_epoch(progress, interrupts)
            except BaseException as error:
                self.error = error
                raise
            finally:
                interrupts.hold()  # what callbacks do at the end, such as putting weights back, they do whole
        return self.history

    def _begin(self, ends: ExitStack) -> None:
        """Go on from an earlier state, if any, and ask all callbacks; where one refuses, all is as it was before."""
        undo = ends.enter_context(ExitStack())
        undo.callback(self._undo_split)
        states = (callback.earlier_state() for callback in self.callbacks)
        earlier = next((state for state in states if state is not None), None)
        if earlier is not None:
            undo.callback(resuming.restore(self, earlier))
        for callback in self.callbacks:
            callback.on_train_begin(self)
            ends.callback(callback.on_train_end, self)
        undo.pop_all()

    def _undo_split(self) -> None:
        if self.split_state is not None:
            self.network.shuffling.bit_generator.state = self.split_state

    def _run_epoch(self, progress: Progress, interrupts: HeldInterrupts) -> None:
        trainer = self.trainer
        if not self.batch:
            self.totals = dict.fromkeys(("loss", *trainer.metrics), 0.0)
            self.samples, self.seconds = 0, 0.0
            for callback in self.callbacks:
                callback.on_epoch_begin(self)
        began = time.perf_counter() - self.seconds
        progress.begin_epoch(self.epoch, self.batches.steps, self.batch)
        with closing(self.batches.epoch(self.batch)) as batches:
            for x, y, weights in batches:
                interrupts.hold()
                try:
                    self._take_step(x, y, weights)
                finally:
                    interrupts.release()
                self.seconds = time.perf_counter() - began
                progress.step()
                for on_step_end in self._step_ends:
                    on_step_end(self)
                if self.stopped is not None:
                    break
                for on_pause in self._pauses:
                    on_pause(self)
        if not kernels.all_finite(self.network.vector.value):
            text, facts = trainer.non_finite("value")
            raise NumericError(
                f"epoch {self.epoch + 1}: a parameter is not finite after step {trainer.steps - 1}, which went too "
                f"far: {text}; try a smaller learning rate",
                epoch=self.epoch + 1,
                step=trainer.steps - 1,
                **facts,
            )
        self.history.epochs.append(self._figures())
        progress.end_epoch(self.epoch, self.history.epochs[-1])
        for callback in self.callbacks:
            callback.on_epoch_end(self)
        self.epoch, self.batch = self.epoch + 1, 0
        for on_pause in self._pauses:
            on_pause(self)

    def _take_step(self, x: Array, y: Array, weights: Array | None) -> None:
        x = self._augmented(x)
        if self.class_weight is not None:
            weights = self.class_weight(y, weights, x.dtype)
        try:
            self.loss = loss = self.trainer._step(x, y, weights)
        except NumericError as error:
            raise error.reworded(f"epoch {self.epoch + 1}: {error}", epoch=self.epoch + 1) from None
        self.batch += 1
        self.history.step_losses.append(loss)
        self.samples += len(x)
        self.totals["loss"] += loss * len(x)
        for name, metric in self.trainer.metrics.items():
            self.totals[name] += measure(name, metric, self.trainer.outputs, y) * len(x)

    def _augmented(self, x: Array) -> Array:
        """Return a batch as ``augment`` changes it, held to the shape and type that kernels trust."""
        if not self.augment:
            return x
        rows, x = len(x), x.copy()  # it may be a part of the user's own array, and functions may write into it
        for index, transform in enumerate(self.augment):
            x = transform(x, self.network.augmentation)
            try:
                x = as_batch(x, self.network.input_shape, self.network.dtype)
                if len(x) != rows:
                    raise ShapeError(f"x has {len(x)} rows, but the batch has {rows}")
            except (ShapeError, DTypeError) as error:
                raise error.reworded(f"what augment[{index}] returned does not fit: {error}") from None
        return x

    def _figures(self) -> dict[str, float]:
        trainer = self.trainer
        figures = {name: total / self.samples for name, total in self.totals.items()}
        figures["learning_rate"] = trainer.optimizer.schedule(trainer.steps - 1)
        figures["seconds"] = self.seconds
        if self.validation is not None:
            evaluated = evaluation.evaluate(self.network, self.validation, trainer.loss, trainer.metrics)
            figures |= {f"val_{name}": value for name, value in evaluated.items()}
        return figures

    def _overriding(self, hook: str) -> list[Callable[[Training], None]]:
        """Return this method of those callbacks that have one of their own: most steps have nobody to call."""
        return [
            getattr(callback, hook)
            for callback in self.callbacks
            if getattr(type(callback), hook) is not getattr(Callback, hook)
        ]
