"""Learning-rate schedules: functions of the step, counted from 0.

An optimizer takes one wherever it takes a learning rate: ``Adam(Cosine(2e-3, steps=8 * 938))``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from .arguments.attributes import Fixed
from .arguments.explained import Explained
from .arguments.hyperparameters import as_count, as_number
from .errors import DTypeError

Schedule: TypeAlias = Callable[[int], float]


class _Described(Explained, Fixed):
    """A schedule whose text is the call that makes it, as that of a layer is."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class StepDecay(_Described):
    """Cut the learning rate at even distances: rate(s) = start * factor**floor(s / every).

    Parameters
    ----------
    start : float
        The first learning rate, >= 0.
    every : int
        Steps between two cuts.
    factor : float
        What each cut multiplies by, > 0.
    """

    def __init__(self, start: float, every: int, factor: float = 0.1) -> None:
        self.start = as_number(start, "StepDecay: start", minimum=0)
        self.every = as_count(every, "StepDecay: every")
        self.factor = as_number(factor, "StepDecay: factor", above=0)

    def __call__(self, step: int) -> float:
        return self.start * self.factor ** (step // self.every)


class Cosine(_Described):
    """Fall from start to end along half a cosine: rate(s) = end + (start - end) (1 + cos(pi s / steps)) / 2.

    After ``steps`` it stays at ``end`` (Loshchilov and Hutter, 2017, eq. 5, without restarts).

    Parameters
    ----------
    start, end : float
        The first and the last learning rate, >= 0.
    steps : int
        Length of the fall: epochs times batches an epoch.
    """

    def __init__(self, start: float, steps: int, end: float = 0.0) -> None:
        self.start = as_number(start, "Cosine: start", minimum=0)
        self.steps = as_count(steps, "Cosine: steps")
        self.end = as_number(end, "Cosine: end", minimum=0)

    def __call__(self, step: int) -> float:
        progress = min(step / self.steps, 1.0)
        return self.end + (self.start - self.end) * (1 + math.cos(math.pi * progress)) / 2


class WarmUp(_Described):
    """Rise in a straight line first, then follow another schedule.

    rate(s) = then(0) (s + 1) / steps while s < steps, afterwards then(s - steps).

    Parameters
    ----------
    then : float or schedule
        What comes after.
    steps : int
        Length of the rise.
    """

    def __init__(self, then: float | Schedule, steps: int) -> None:
        self.then = as_schedule(then, "WarmUp: then")
        self.steps = as_count(steps, "WarmUp: steps")

    def __call__(self, step: int) -> float:
        if step < self.steps:
            return self.then(0) * (step + 1) / self.steps
        return self.then(step - self.steps)


class Scaled(_Described):
    """Follow another schedule at a distance: rate(s) = min(then(s), max(minimum, factor then(s))).

    Parameters
    ----------
    then : float or schedule
        What to follow.
    factor : float
        What its rate is multiplied by, > 0.
    minimum : float
        What the factor does not take it below, >= 0.
    """

    settable = frozenset({"factor"})

    def __init__(self, then: float | Schedule, factor: float, minimum: float = 0.0) -> None:
        self.then = as_schedule(then, "Scaled: then")
        self.factor = as_number(factor, "Scaled: factor", above=0, maximum=1)
        self.minimum = as_number(minimum, "Scaled: minimum", minimum=0)

    def __call__(self, step: int) -> float:
        rate = self.then(step)
        if self.factor == 1:
            return rate
        return min(rate, max(self.minimum, self.factor * rate))


class Constant(_Described):
    """Stay: rate(s) = rate.

    Parameters
    ----------
    rate : float
        The learning rate, >= 0.
    """

    def __init__(self, rate: float) -> None:
        self.rate = as_number(rate, "Constant: rate", minimum=0)

    def __call__(self, step: int) -> float:
        return self.rate


def as_schedule(learning_rate: float | Schedule, argument: str = "learning_rate") -> Schedule:
    """Return a schedule; a number stands for itself at every step. Raises DTypeError for a class."""
    if isinstance(learning_rate, type):
        name = learning_rate.__name__
        raise DTypeError(f"{argument} is the class {name}; make one of it: {name}(...)")
    if callable(learning_rate):
        return learning_rate
    return Constant(as_number(learning_rate, argument, minimum=0))
