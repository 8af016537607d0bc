"""The training that callbacks see: where one call of `fit` is, and what it needs to go on in another process."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..arguments.elsewhere import TRAINING
from ..arguments.seeds import make_generators
from ..ranks.ranks import ALONE
from .environment import environment
from .history import History
from .plan import Plan
from .settings_record import settings_of
from .step import Stepper

if TYPE_CHECKING:
    from .diagnosis.finding import Finding

PLACE = ("epoch", "batch", "samples", "seconds", "totals", "stopped")
"""The attributes of a training that say where it is, and what it has summed up in this epoch."""
GENERATORS = ("shuffling", "dropout", "augmentation")
"""The random generators of a network that a training draws from."""


class Training:
    """Tell callbacks where one call of `fit` is.

    Attributes
    ----------
    trainer : Trainer
        Takes the steps; has the optimizer and the number of steps.
    network : Network
        What is trained.
    history : History
        The figures of all epochs so far.
    epochs, epoch, batch : int
        How many epochs there will be, in which one it is, counted from 0, and how many of its batches were taken.
    loss : float
        The loss of the last step.
    figure_names : list of str
        The names of the figures that each epoch will have.
    stopped : str or None
        Why the training ends before its last epoch.
    ranks : Ranks
        The processes that train together: ``ranks.rank`` is the number of this one.
    error : BaseException or None
        The error that ended the training.
    findings : list of Finding
        What was seen to go wrong so far, see `nnfs.diagnose`; nothing is looked for with ``verbose=0``.
    """

    # Slots, so that an attribute that nothing reads, such as stop_training, is refused at no cost in each step.
    __slots__ = (
        *("augment", "batch", "batches", "callbacks", "class_weight", "epoch", "epochs", "error", "figure_names"),
        *(
            "findings",
            "held_out",
            "history",
            "loss",
            "network",
            "ranks",
            "samples",
            "seconds",
            "settings",
            "shards",
            "stopped",
            "totals",
        ),
        *("trainer", "validation"),
    )

    def __init__(self, trainer: Stepper, plan: Plan) -> None:
        self.trainer, self.network = trainer, trainer.network
        self.batches, self.validation, self.held_out = plan.batches, plan.validation, plan.held_out
        self.class_weight, self.augment, self.callbacks = plan.class_weight, plan.augment, plan.callbacks
        self.shards, self.ranks = plan.shards, ALONE if plan.shards is None else plan.shards.ranks
        self.settings = settings_of(trainer, plan)
        names = ["loss", *trainer.metrics]
        self.figure_names = [*names, "learning_rate", "seconds"]
        if plan.validation is not None:
            self.figure_names += [f"val_{name}" for name in names]
        self.history = History()
        self.epochs, self.epoch, self.batch = plan.epochs, 0, 0
        self.loss = math.nan
        self.stopped: str | None = None
        self.error: BaseException | None = None
        self.findings: list[Finding] = []
        self.totals: dict[str, float] = {}
        self.samples = 0
        self.seconds = 0.0

    if not TYPE_CHECKING:  # to a type checker every attribute would be there

        def __getattr__(self, name: str) -> NoReturn:
            fix = f"; {TRAINING[name]}" if name in TRAINING else ""
            raise AttributeError(f"a training has no attribute {name!r}{fix}")

    def stop(self, reason: str) -> None:
        """End the training after this step; an epoch that is broken off has figures of its steps so far."""
        self.stopped = reason

    def figures(self, last: int) -> dict[str, float]:
        """Return the figures of the steps that were summed up, the last of which had this number."""
        figures = {name: total / self.samples for name, total in self.totals.items()}
        return figures | {"learning_rate": self.trainer.optimizer.schedule(last), "seconds": self.seconds}

    def state(self) -> dict[str, Any]:
        """Return all that this training needs to go on in another process with the same bits, between two steps.

        It is a dict of numbers, texts, lists, dicts and arrays: what must be the same again (settings, data, split),
        what should be (environment), and what `nnfs.training.resuming` sets. Arrays may be those that training goes on
        to change.
        """
        trainer, network = self.trainer, self.network
        validation = None if self.held_out or self.validation is None else self.validation.digest()
        # The generator as it is when the split is drawn from it.
        split = make_generators(network.seed).shuffling.bit_generator.state if self.held_out else None
        return {
            "settings": self.settings,
            "data": [self.batches.digest(), validation],
            "environment": environment(network.nodes),
            "place": {name: getattr(self, name) for name in PLACE},
            "history": {"epochs": self.history.epochs, "step_losses": np.array(self.history.step_losses)},
            "steps": trainer.steps,
            "network": network.state_dict(),
            "frozen": network.layers.frozen,
            "memory": trainer.memory,
            "generators": {name: getattr(network, name).bit_generator.state for name in GENERATORS},
            "split": split,
            "batches": self.batches.state(),
            "callbacks": [{"name": type(callback).__name__, "state": callback.state()} for callback in self.callbacks],
        }
