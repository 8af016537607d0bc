"""Resuming: what a training that was broken off needs to end with the same bits as one that never was.

The state is a dict of numbers, texts, lists, dicts and arrays. It is taken between two steps, and holds the network's
`state_dict`, the optimizer's vectors and the number of steps (which gives the schedule's rate), the states of all
random generators, the place in the epoch, the history, what callbacks remember, and what must be the same again.
"""

from __future__ import annotations

import copy
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _kernels
from ..arguments.seeds import make_generators
from ..errors import FormatError
from ..system.blas import blas_settings
from .state_check import check, check_names, check_state

if TYPE_CHECKING:
    from .loop import Training

PLACE = ("epoch", "batch", "samples", "seconds", "totals", "stopped")
"""The attributes of a training that say where it is, and what it has summed up in this epoch."""


def state_of(training: Training) -> dict[str, Any]:
    """Return the state of a training between two steps; its arrays may be those that training goes on to change."""
    trainer, network = training.trainer, training.network
    return {
        "settings": training.settings,
        "data": _digests(training),
        "environment": _environment(training),
        "place": {name: getattr(training, name) for name in PLACE},
        "history": {"epochs": training.history.epochs, "step_losses": np.array(training.history.step_losses)},
        "steps": trainer.steps,
        "network": network.state_dict(),
        "memory": trainer.memory,
        "generators": {name: rng.bit_generator.state for name, rng in _generators(training).items()},
        "split": _split_state(training),
        "batches": training.batches.state(),
        "callbacks": [{"name": type(callback).__name__, "state": callback.state()} for callback in training.callbacks],
    }


def restore(training: Training, state: dict[str, Any]) -> Callable[[], None]:
    """Let a training that has not begun go on where the one was whose state this is.

    Returns
    -------
    function
        Undoes it, where the training cannot begin after all.

    Raises
    ------
    ValueError
        Where settings or data are not those of the training that was broken off; nothing was changed then.
    FormatError
        For what is no state of this training; nothing was changed then.
    """
    _check_same(training, state)
    check_state(training, state)
    before, loss = copy.deepcopy(state_of(training)), training.network.loss

    def undo() -> None:
        with suppress(FormatError):  # a callback that refuses its own state; those before it took theirs back
            _apply(training, before)
        training.network.loss = loss

    try:
        _apply(training, state)
    except BaseException:
        undo()
        raise
    if differences := _differences(state["environment"], _environment(training)):
        text = "this training goes on elsewhere than it began, so that its numbers may differ in their last bits: "
        warnings.warn(text + "; ".join(differences), UserWarning, stacklevel=2)
    return undo


def _check_same(training: Training, state: Any) -> None:
    """Raise ValueError for other settings or data, and FormatError for a state that says nothing of them."""
    check_names(state, state_of(training), "the whole")
    for name in ("settings", "environment"):
        check(isinstance(state[name], dict), state[name], "values by name", name)
    for name in ("settings", "data", "split", "environment"):
        check(_is_plain(state[name]), state[name], "numbers, texts, lists and values by name", name)
    if differences := _differences(state["settings"], training.settings):
        raise ValueError(
            f"the training to go on with had other settings: {'; '.join(differences)}; give the same again, or "
            "train anew from its weights: net = nnfs.load(checkpoint)"
        )
    if state["data"] != _digests(training):
        raise ValueError(
            "the training to go on with had other data: x, y, sample_weight or validation_data differ, or what a "
            "Loader does with them; give the same again, or train anew from its weights: net = nnfs.load(checkpoint). "
            "What an earlier nnfs saved of data beyond 1 MiB cannot be compared, and does not go on"
        )
    if state["split"] != _split_state(training):
        raise ValueError(
            "the training to go on with held out other samples for validation, as an earlier nnfs did when fit was "
            "called again; train anew from its weights: net = nnfs.load(checkpoint)"
        )


def _apply(training: Training, state: dict[str, Any]) -> None:
    """Put a training into a state that was checked; what callbacks and iterables remember may still be refused."""
    trainer, network = training.trainer, training.network
    network.load_state_dict(state["network"])
    network.loss = trainer.loss  # else set by a step, of which none may be left
    for name, vector in trainer.memory.items():
        vector[...] = state["memory"][name]
    trainer.steps = state["steps"]
    for name in PLACE:
        setattr(training, name, state["place"][name])
    training.history.epochs[:] = state["history"]["epochs"]
    training.history.step_losses[:] = state["history"]["step_losses"].tolist()
    for name, rng in _generators(training).items():
        rng.bit_generator.state = state["generators"][name]
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
    """Make a FormatError, which says where, of whatever goes wrong with what somebody else remembers."""
    try:
        yield
    except FormatError:
        raise
    except Exception as error:
        raise FormatError(f"the state of a training: {where}: {type(error).__name__}: {error}") from error


def settings_of(training: Training) -> dict[str, Any]:
    """Return what a training must have in common with the one that it continues, in words."""
    trainer, batches = training.trainer, training.batches
    table = training.class_weight.table.tolist() if training.class_weight is not None else None
    return {
        "layers": [repr(layer) for layer in training.network.layers],
        "seed": training.network.seed,
        "dtype": training.network.dtype.name,
        "loss": describe(trainer.loss),
        "optimizer": describe(trainer.optimizer),
        "clipping": describe(trainer.clip),
        "metrics": list(trainer.metrics),
        "batch_size": getattr(batches, "batch_size", None),
        "steps_per_epoch": getattr(batches, "steps_per_epoch", None),
        "shuffle": getattr(batches, "rng", None) is not None,
        "validation_split": training.held_out,
        "class_weight": table,
        "augment": [describe(transform) for transform in training.augment],
    }


def describe(value: Any) -> Any:
    """Return a value as plain data: the name of a function, and the class and the attributes of an object."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | type):
        return value.__qualname__
    attributes = getattr(value, "__dict__", {})
    return {type(value).__name__: {name: describe(item) for name, item in attributes.items() if name[0] != "_"}}


def _digests(training: Training) -> list[str | None]:
    validation = None if training.held_out or training.validation is None else training.validation.digest()
    return [training.batches.digest(), validation]


def _split_state(training: Training) -> Any:
    """Return the state of the generator that the split is drawn from; None where nothing is held out."""
    return make_generators(training.network.seed).shuffling.bit_generator.state if training.held_out else None


def _generators(training: Training) -> dict[str, np.random.Generator]:
    network = training.network
    return {"shuffling": network.shuffling, "dropout": network.dropout, "augmentation": network.augmentation}


def _environment(training: Training) -> dict[str, Any]:
    from ..system.version import __version__

    backend = _kernels.load_backend(_kernels.backend)
    return {
        "nnfs": __version__,
        "numpy": np.__version__,
        "backend": _kernels.backend,
        "isa": getattr(backend, "isa", "none"),
        "winograd": getattr(backend, "winograd", False),
        "blas": blas_settings() if getattr(backend, "uses_blas", False) else None,
        "nodes": [type(node).__name__ for node in training.network.nodes],
    }


def _is_plain(value: Any) -> bool:
    """Return whether a value can be compared with any other: an array gives an answer for each number."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not isinstance(value, np.ndarray) and all(map(_is_plain, inner))


def _differences(saved: Any, here: Any, name: str = "") -> list[str]:
    """Say what differs, each number by itself: an optimizer has a dozen of them."""
    if isinstance(saved, dict) and isinstance(here, dict) and (not name or saved.keys() == here.keys()):
        keys = [*here, *(key for key in saved if key not in here)]
        parts = [(f"{name}.{key}" if name else key, saved.get(key), here.get(key)) for key in keys]
    elif isinstance(saved, list) and isinstance(here, list) and len(saved) == len(here):
        parts = [(f"{name}[{index}]", was, now) for index, (was, now) in enumerate(zip(saved, here, strict=True))]
    else:
        return [] if saved == here else [f"{name} was {saved!r}, is {here!r}"]
    return [text for part, was, now in parts for text in _differences(was, now, part)]
