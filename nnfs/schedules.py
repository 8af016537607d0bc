"""Learning-rate schedules: functions that return the learning rate of a step; steps count from 0.

An optimizer takes a schedule or a number as its learning rate: ``Adam(Cosine(2e-3, steps=8 * 938))``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from .arguments.attributes import Fixed
from .arguments.elsewhere import no_attribute
from .arguments.explained import Explained
from .arguments.hyperparameters import as_count, as_number
from .errors import DTypeError

Schedule: TypeAlias = Callable[[int], float]


class _Described(Explained, Fixed):
    """Give schedules a ``repr`` that is the call that makes them, such as ``Constant(rate=0.1)``."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class StepDecay(_Described):
    """Multiply the learning rate by a factor after every so many steps: rate(s) = start * factor**floor(s / every).

    Parameters
    ----------
    start : float
        The first learning rate, >= 0.
    every : int
        Steps between two multiplications, >= 1.
    factor : float
        The factor, > 0.
    """

    def __init__(self, start: float, every: int, factor: float = 0.1) -> None:
        self.start = as_number(start, "StepDecay: start", minimum=0)
        self.every = as_count(every, "StepDecay: every")
        self.factor = as_number(factor, "StepDecay: factor", above=0)

    def __call__(self, step: int) -> float:
        try:
            return self.start * self.factor ** (step // self.every)
        except OverflowError:  # what takes it says that it is not finite
            return math.inf if self.start else 0.0


class Cosine(_Described):
    """Lower the learning rate along half a cosine: rate(s) = end + (start - end) (1 + cos(pi s / steps)) / 2.

    After ``steps`` steps the rate stays at ``end``. Source: Loshchilov and Hutter, SGDR, 2017, eq. 5, without restarts.

    Parameters
    ----------
    start, end : float
        The first and the last learning rate, >= 0.
    steps : int
        The steps from ``start`` to ``end``, >= 1: epochs times batches an epoch.
    """

    def __init__(self, start: float, steps: int, end: float = 0.0) -> None:
        self.start = as_number(start, "Cosine: start", minimum=0)
        self.steps = as_count(steps, "Cosine: steps")
        self.end = as_number(end, "Cosine: end", minimum=0)

    def __call__(self, step: int) -> float:
        progress = min(step / self.steps, 1.0)
        return self.end + (self.start - self.end) * (1 + math.cos(math.pi * progress)) / 2


class WarmUp(_Described):
    """Raise the learning rate in a straight line for some steps, then follow another schedule.

    rate(s) = then(0) (s + 1) / steps while s < steps, afterwards then(s - steps).

    Parameters
    ----------
    then : float or schedule
        The schedule that follows; a number is a constant rate.
    steps : int
        The steps of the rise, >= 1.
    """

    def __init__(self, then: float | Schedule, steps: int) -> None:
        self.then = as_schedule(then, "WarmUp: then")
        self.steps = as_count(steps, "WarmUp: steps")

    def __call__(self, step: int) -> float:
        if step < self.steps:
            return self.then(0) * (step + 1) / self.steps
        return self.then(step - self.steps)


class Scaled(_Described):
    """Multiply the rate of another schedule by a factor: rate(s) = min(then(s), max(minimum, factor then(s))).

    Parameters
    ----------
    then : float or schedule
        The other schedule; a number is a constant rate.
    factor : float
        The factor, > 0 and <= 1.
    minimum : float
        The factor takes no rate below this limit, >= 0. Rates that are already below it are not changed.
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
    """Return one learning rate at every step: rate(s) = rate.

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
    """Return the schedule of a learning rate: a function unchanged, a number as `Constant`.

    Raises DTypeError for a class or any other type, and ValueError for a negative number; the message names
    ``argument``.
    """
    if isinstance(learning_rate, type):
        name = learning_rate.__name__
        raise DTypeError(f"{argument} is the class {name}; make one of it: {name}(...)")
    if callable(learning_rate):
        if hasattr(learning_rate, "forward"):  # a layer or a network, which takes samples
            raise DTypeError(f"{argument} must be a number or a function of the step, got {learning_rate!r}. Try: 0.01")
        return learning_rate
    return Constant(as_number(learning_rate, argument, minimum=0))


if not TYPE_CHECKING:  # to a type checker every name would be there

    def __getattr__(name: str) -> NoReturn:
        raise no_attribute(__name__, name)
