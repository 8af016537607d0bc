"""The trainer: `fit` makes a plan of its arguments, and the loop runs it, one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arguments.functions import takes
from ..arguments.hyperparameters import as_count, as_number, check_list
from ..ranks.mpi import ranks_here
from ..ranks.ranks import ALONE
from .callback import Callback, check_callbacks
from .equal_ranks import check_begins_equal
from .full_batch import check_takes_all
from .history import History
from .loop import Loop
from .plan import Augmentation, Plan, check_batches, class_weight_of, targets_of, training_batches, with_validation
from .progress import Progress
from .shards import Shards
from .step import Stepper
from .training import Training


class Trainer(Stepper):
    """Train a network step by step.

    A trainer owns the buffers of the passes, the optimizer's memory and the number of steps taken.

    Parameters
    ----------
    network : Network
        Such as a `Sequential`; its parameters are changed in place.
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

    __slots__ = ()

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
        accumulate: int = 1,
        shards: int | None = None,
        class_weight: Any = None,
        sample_weight: Any = None,
        augment: Sequence[Augmentation] = (),
        callbacks: Sequence[Callback] = (),
        verbose: str | int | bool = "auto",
    ) -> History:
        """Train for a number of epochs; the arguments are those of `nnfs.Sequential.fit`.

        A second call goes on with the weights, the optimizer's memory and the number of steps of the first.
        """
        epochs = as_count(epochs, "fit: epochs")
        _ = self.parts  # an error where nothing would train
        ranks = ALONE if shards is None else ranks_here()
        with ranks.together():
            divided = None if shards is None else Shards(shards, ranks)
            progress = Progress(epochs, verbose if ranks.is_first else 0)
            check_callbacks(callbacks)
            check_list(augment, "fit: augment", lambda each: takes(each, 2), "functions of (x, rng)")
            share = as_number(validation_split, "fit: validation_split", minimum=0, below=1)
            every = training_batches(self, x, y, sample_weight, batch_size, steps_per_epoch, shuffle, accumulate)
            targets = targets_of(every, class_weight is not None or share > 0)
            weighting = class_weight_of(self, class_weight, targets)
            batches, validation = with_validation(self, every, targets, validation_data, share)
            check_batches(self, batches)
            if divided is not None:
                divided.check(self.network, batches)
            if self.optimizer.needs_all_samples:
                check_takes_all(self.network, batches, augment)
            called = [callback for callback in callbacks if ranks.is_first or not callback.writes]
            plan = Plan(epochs, batches, validation, share, weighting, augment, called, divided)
            training, watch = Training(self, plan), None
            check_begins_equal(training)
            if progress.verbose:
                from .diagnosis.watch import Watch  # here, for `import nnfs` to be quick

                watch = Watch(training)
                watch.begin()
            history = Loop(training, progress, watch).run()
            progress.end(history, self.network.digest)
            return history
