"""Callback: what `fit` calls before, between and after steps and epochs."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, ClassVar
from weakref import WeakSet

from ..arguments.attributes import Fixed
from ..arguments.explained import Explained
from ..arguments.hyperparameters import check_list
from ..errors import DTypeError
from .training import Training


class Callback(Explained, Fixed):
    """Base of callbacks, whose methods `fit` calls while it trains; override those that you need.

    ``training`` says where the training is: ``training.network``, ``trainer``, ``history``, ``epoch`` and ``batch``
    (both counted from 0), ``epochs``, ``loss`` (of the last step), ``figure_names``; ``training.stop(reason)`` ends it
    after this step.
    """

    writes: ClassVar[bool] = False
    """Whether it writes files or prints; where several processes train one network, only the first of them calls it."""

    def is_settable(self, name: str) -> bool:
        """Return whether the attribute of this name may be set after ``__init__``."""
        return super().is_settable(name) or name in vars(self)  # what it remembers changes in training

    def on_train_begin(self, training: Training) -> None:
        """Act before the first step of a training; an error here ends the training with nothing changed."""

    def on_epoch_begin(self, training: Training) -> None:
        """Act before the first step of an epoch."""

    def on_step_end(self, training: Training) -> None:
        """Act after each step; the network still holds the gradients of the step."""

    def on_validation_begin(self, training: Training) -> None:
        """Act after the last step of each epoch, before it is validated: weights may be exchanged here."""

    def on_validation_end(self, training: Training) -> None:
        """Act when each epoch has ended, after ``on_epoch_end`` of all callbacks; also after an error in between."""

    def on_epoch_end(self, training: Training) -> None:
        """Act after each epoch, whose figures are ``training.history.epochs[-1]``."""

    def on_pause(self, training: Training) -> None:
        """Act between steps and between epochs, when all callbacks have seen the last one: save the state here."""

    def pauses_each_step(self) -> bool:
        """Return whether ``on_pause`` must be called after each step; else several steps may be taken in between."""
        return type(self).on_pause is not Callback.on_pause

    def pauses_each_epoch(self) -> bool:
        """Return whether ``on_pause`` must be called after each epoch; else several epochs may be taken in between."""
        return type(self).on_pause is not Callback.on_pause

    def on_train_end(self, training: Training) -> None:
        """Clean up, whatever ended the training; an error that ended it is ``training.error``.

        Called for each callback whose ``on_train_begin`` was called, the last one first.
        """

    def earlier_state(self) -> dict[str, Any] | None:
        """Return the state of an earlier training to go on from, or None."""
        return None

    def state(self) -> dict[str, Any]:
        """Return what this callback must remember to go on in another process: numbers, texts, lists, arrays."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Remember what `state` returned; called before ``on_train_begin`` where an earlier training goes on."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
"""The methods that training calls on its way."""
_checked: WeakSet[type[Callback]] = WeakSet()
"""The classes whose hooks were checked."""


def check_callbacks(callbacks: Sequence[Callback]) -> None:
    """Raise DTypeError for what is no list of callbacks, and for a method ``on_...`` that cannot be called."""
    check_list(callbacks, "fit: callbacks", lambda item: isinstance(item, Callback), "callbacks, see nnfs.callbacks")
    for callback in callbacks:
        if type(callback) not in _checked:  # to look at all hooks takes as long as many steps
            _check_hooks(callback)
            _checked.add(type(callback))


def _check_hooks(callback: Callback) -> None:
    """Raise DTypeError for a method ``on_...`` that training never calls, or that does not take a training alone."""
    for name in dir(type(callback)):
        if name.startswith("on_") and name not in HOOKS and callable(getattr(type(callback), name)):
            raise DTypeError(
                f"fit: {type(callback).__name__} has a method {name}, which training never calls; the hooks are "
                f"{', '.join(HOOKS)}",
            )
    for name in HOOKS:
        if getattr(type(callback), name) is not getattr(Callback, name):
            _check_parameters(callback, name)


def _check_parameters(callback: Callback, name: str) -> None:
    try:
        signature = inspect.signature(getattr(callback, name))
    except ValueError:  # of what is written in C
        return
    try:
        signature.bind(None)
        is_called_so = next(iter(signature.parameters)) not in ("epoch", "batch", "step", "logs")
    except TypeError:
        is_called_so = False
    if not is_called_so:
        raise DTypeError(
            f"fit: {type(callback).__name__}.{name}{signature} is called with the training alone, which knows epoch, "
            f"batch and history; write: def {name}(self, training):",
        )
