"""Resuming: let a training go on where another one was broken off, so that it ends with the same bits.

The state is what `Training.state` returns. What must be the same again is compared, all else is checked, and then set;
where anything is wrong, nothing is changed.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from ..errors import FormatError
from .differences import differences_of
from .state_check import check, check_names, check_state
from .training import GENERATORS, PLACE, Training


def restore(training: Training, state: dict[str, Any]) -> Callable[[], None]:
    """Let a training that has not begun go on from a state that `Training.state` returned.

    Returns
    -------
    function
        Puts everything back, where the training cannot begin after all.

    Raises
    ------
    ValueError
        Where settings or data are not those of the training that was broken off; nothing was changed then.
    FormatError
        For what is no state of this training; nothing was changed then.
    """
    before, loss = copy.deepcopy(training.state()), training.network.loss
    if isinstance(state, dict):
        state = {"frozen": []} | state  # an earlier nnfs could not freeze
    _check_same(state, before)
    check_state(training, state)

    def undo() -> None:
        with suppress(FormatError):  # a callback that refuses its own state; those before it took theirs back
            _apply(training, before)
        training.network.loss = loss

    try:
        _apply(training, state)
    except BaseException:
        undo()
        raise
    if differences := differences_of(state["environment"], before["environment"]):
        text = "this training goes on elsewhere than it began, so that its numbers may differ in their last bits: "
        warnings.warn(text + "; ".join(differences), UserWarning, stacklevel=2)
    return undo


def _check_same(state: Any, here: dict[str, Any]) -> None:
    """Compare a saved state with the state ``here`` of the training that is to continue it.

    Raises ValueError where their settings or data differ, and FormatError where ``state`` is no state of a training.
    """
    check_names(state, here, "the whole")
    for name in ("settings", "environment"):
        check(isinstance(state[name], dict), state[name], "values by name", name)
    for name in ("settings", "data", "split", "environment"):
        check(_is_plain(state[name]), state[name], "numbers, texts, lists and values by name", name)
    if differences := differences_of(state["settings"], here["settings"]):
        raise ValueError(
            f"the training to go on with had other settings: {'; '.join(differences)}; give the same again, or "
            "train anew from its weights: net = nnfs.load(checkpoint)"
        )
    if state["data"] != here["data"]:
        raise ValueError(
            "the training to go on with had other data: x, y, sample_weight or validation_data differ, or what a "
            "Loader does with them; give the same again, or train anew from its weights: net = nnfs.load(checkpoint). "
            "What an earlier nnfs saved of data beyond 1 MiB cannot be compared, and does not go on"
        )
    if state["split"] != here["split"]:
        raise ValueError(
            "the training to go on with held out other samples for validation, as an earlier nnfs did when fit was "
            "called again; train anew from its weights: net = nnfs.load(checkpoint)"
        )


def _apply(training: Training, state: dict[str, Any]) -> None:
    """Put a training into a state that was checked; callbacks and iterables may still refuse what they remember."""
    trainer, network = training.trainer, training.network
    network.load_state_dict(state["network"])
    network.layers.frozen = state["frozen"]
    network.loss = trainer.loss  # else set by a step, of which none may be left
    for name, vector in trainer.memory.items():
        vector[...] = state["memory"][name]
    trainer.steps = state["steps"]
    for name in PLACE:
        setattr(training, name, state["place"][name])
    training.history.epochs[:] = state["history"]["epochs"]
    training.history.step_losses[:] = state["history"]["step_losses"].tolist()
    for name in GENERATORS:
        getattr(network, name).bit_generator.state = state["generators"][name]
    with _refused("batches"):
        training.batches.load_state(state["batches"], training.batch)
    saved = list(state["callbacks"])
    for callback in training.callbacks:
        # One of each kind in its turn, so that a log may be added and taken away.
        match = next((item for item in saved if item["name"] == type(callback).__name__), None)
        if match is not None:
            saved.remove(match)
            with _refused(f"callbacks: {match['name']}"):
                callback.load_state(match["state"])


@contextmanager
def _refused(where: str) -> Iterator[None]:
    """Raise a FormatError that names ``where`` for any error of a callback or an iterable that is given its state."""
    try:
        yield
    except FormatError:
        raise
    except Exception as error:
        raise FormatError(f"the state of a training: {where}: {type(error).__name__}: {error}") from error


def _is_plain(value: Any) -> bool:
    """Return whether a value holds no array, whose comparison gives an answer for each number."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not isinstance(value, np.ndarray) and all(map(_is_plain, inner))
