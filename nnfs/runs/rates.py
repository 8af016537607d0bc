"""Schedules of the learning rate by name, with lengths in epochs.

Each is a function of (learning rate, number of epochs, steps per epoch) and returns a `Schedule`, which counts steps.
"""

from __future__ import annotations

from collections.abc import Callable

from ..arguments.hyperparameters import as_number
from ..schedules import Cosine, Schedule, StepDecay, WarmUp, as_schedule


def constant(rate: float, epochs: int, steps: int, *, warm_up: float = 0.0) -> Schedule:
    """Return a constant learning rate, after a linear rise from 0 over ``warm_up`` epochs."""
    return _warmed_up(as_schedule(rate), steps, warm_up)


def cosine(rate: float, epochs: int, steps: int, *, end: float = 0.0, warm_up: float = 0.0) -> Schedule:
    """Return a rate that falls to ``end`` along half a cosine, after a linear rise over ``warm_up`` epochs."""
    rise = as_number(warm_up, "warm_up", minimum=0)
    return _warmed_up(Cosine(rate, max(1, round((epochs - rise) * steps)), end), steps, rise)


def step(rate: float, epochs: int, steps: int, *, every: float, factor: float = 0.1, warm_up: float = 0.0) -> Schedule:
    """Return a rate that is multiplied by ``factor`` every ``every`` epochs, after a rise over ``warm_up`` epochs."""
    length = max(1, round(as_number(every, "every", above=0) * steps))
    return _warmed_up(StepDecay(rate, length, factor), steps, warm_up)


RATES: dict[str, Callable[..., Schedule]] = {rate.__name__: rate for rate in (constant, cosine, step)}


def _warmed_up(schedule: Schedule, steps: int, warm_up: float) -> Schedule:
    rise = round(as_number(warm_up, "warm_up", minimum=0) * steps)
    return WarmUp(schedule, rise) if rise else schedule
