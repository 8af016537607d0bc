"""Check the state of a training before it is used: a file with the right digest may hold a wrong state."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError
from .array_batches import ArrayBatches
from .training import GENERATORS, PLACE, Training

LARGEST = 2**53
"""What no count of steps, samples or epochs comes to, and what float64 still counts exactly."""


def check_state(training: Training, state: Mapping[str, Any]) -> None:
    """Raise FormatError, naming the entry, for a state that this training cannot have had.

    The settings and the data in the state have been compared with those of this training before.
    """
    steps = check_count(state["steps"], "steps")
    _check_place(training, state["place"])
    _check_history(training, state["history"], state["place"]["epoch"], steps)
    for part, own in (("network", training.network.state_dict()), ("memory", training.trainer.memory)):
        check_names(state[part], own, part)
        for name, array in own.items():
            check_array(state[part][name], array, f"{part}.{name}")
    names = [name for name, _, _ in training.network.layers.walk()]
    is_right = isinstance(state["frozen"], list) and all(name in names for name in state["frozen"])
    check(is_right, state["frozen"], "names of layers", "frozen")
    check_names(state["generators"], GENERATORS, "generators")
    for name in GENERATORS:
        check_generator(state["generators"][name], getattr(training.network, name), f"generators.{name}")
    _check_batches(training, state["batches"], state["place"]["batch"], steps)
    check(isinstance(state["callbacks"], list), state["callbacks"], "a list", "callbacks")
    for index, item in enumerate(state["callbacks"]):
        check_names(item, ("name", "state"), f"callbacks[{index}]")
        check(isinstance(item["name"], str), item["name"], "a text", f"callbacks[{index}].name")
        check(isinstance(item["state"], dict), item["state"], "values by name", f"callbacks[{index}].state")


def check(is_right: bool, got: Any, wanted: str, where: str) -> None:
    """Raise FormatError that names the entry, what was got and what was wanted, unless ``is_right``."""
    if not is_right:
        raise FormatError(f"the state of a training: {where}: got {_short(got)}, wanted {wanted}")


def check_names(value: Any, names: Collection[str], where: str) -> None:
    """Raise FormatError unless ``value`` is a dict of exactly these names."""
    wanted = ", ".join(names) if names else "nothing by name"
    check(isinstance(value, dict), value, wanted, where)
    check(value.keys() == set(names), list(value), wanted, where)


def check_count(value: Any, where: str) -> int:
    """Return a whole number >= 0, or raise FormatError."""
    is_right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST
    check(is_right, value, "a whole number >= 0", where)
    return int(value)


def check_number(value: Any, where: str) -> float:
    """Return a number, which may be infinite, or raise FormatError."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    check(is_number and (isinstance(value, float) or abs(value) < LARGEST), value, "a number", where)
    return float(value)


def check_array(value: Any, like: Array, where: str) -> None:
    """Raise FormatError unless ``value`` is an array of finite numbers, of the shape and type of another."""
    wanted = f"an array {like.shape} of {like.dtype}"
    is_array = isinstance(value, np.ndarray)
    check(is_array, value, wanted, where)
    is_right = value.shape == like.shape and value.dtype == like.dtype
    check(is_right, f"an array {value.shape} of {value.dtype}", wanted, where)
    check(bool(np.isfinite(value).all()), "numbers that are not finite", wanted, where)


def check_generator(value: Any, generator: np.random.Generator, where: str) -> None:
    """Raise FormatError unless ``value`` is a state that this generator, which is not changed, can be in."""
    twin = type(generator.bit_generator)()
    wanted = f"the state of a {type(twin).__name__}"
    try:
        twin.state = value
        is_right = bool(twin.state == value)
    except Exception as error:  # NumPy raises whatever its C code comes upon
        raise FormatError(f"the state of a training: {where}: got {_short(value)}, wanted {wanted}") from error
    check(is_right, value, wanted, where)


def _check_place(training: Training, place: Any) -> None:
    check_names(place, PLACE, "place")
    check_count(place["epoch"], "place.epoch")
    batch, samples = (check_count(place[name], f"place.{name}") for name in ("batch", "samples"))
    seconds = check_number(place["seconds"], "place.seconds")
    check(0 <= seconds < math.inf, seconds, "a number >= 0", "place.seconds")
    check(isinstance(place["stopped"], str | None), place["stopped"], "a text or nothing", "place.stopped")
    if batch or place["totals"] != {}:  # before the first epoch nothing is summed up
        check_names(place["totals"], ("loss", *training.trainer.metrics), "place.totals")
        for name, total in place["totals"].items():
            check_number(total, f"place.totals.{name}")
    batches = training.batches
    if batch and isinstance(batches, ArrayBatches):
        check(batch <= batches.steps, batch, f"at most {batches.steps} batches", "place.batch")
        wanted = min(batch * batches.step_rows, batches.samples)
        check(samples == wanted, samples, f"the {wanted} samples of {batch} batches", "place.samples")
    check(samples >= batch or not batch, samples, f"the samples of {batch} batches", "place.samples")


def _check_history(training: Training, history: Any, epochs: int, steps: int) -> None:
    check_names(history, ("epochs", "step_losses"), "history")
    found, losses = history["epochs"], history["step_losses"]
    check(isinstance(found, list), found, "a list", "history.epochs")
    check(len(found) == epochs, f"{len(found)} epochs", f"the {epochs} before", "history.epochs")
    for index, figures in enumerate(found):
        where, wanted = f"history.epochs[{index}]", ", ".join(training.figure_names)
        check(isinstance(figures, dict), figures, wanted, where)
        for name in training.figure_names:  # a callback may have added others
            check(name in figures, list(figures), wanted, where)
            check_number(figures[name], f"{where}.{name}")
    is_right = isinstance(losses, np.ndarray) and losses.ndim == 1 and losses.dtype == np.float64
    check(is_right, losses, "an array (N,) of float64", "history.step_losses")
    check(len(losses) <= steps, f"{len(losses)} losses", f"those of {steps} steps at most", "history.step_losses")


def _check_batches(training: Training, state: Any, batch: int, steps: int) -> None:
    batches = training.batches
    if isinstance(batches, ArrayBatches):
        check_names(state, ("began",), "batches")
        if batch and batches.rng is not None:
            check_generator(state["began"], batches.rng, "batches.began")
        return
    check_names(state, training.batches.state(), "batches")
    taken = check_count(state["taken"], "batches.taken")
    check(taken <= steps * batches.accumulate, taken, f"at most the batches of {steps} steps", "batches.taken")


def _short(value: Any) -> str:
    text = repr(value[:100] if isinstance(value, str | list) else value)
    return text if len(text) <= 100 else f"{text[:97]}..."
