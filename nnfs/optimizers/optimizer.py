"""The base of all optimizers: a learning rate, a memory and an update."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, ClassVar

import numpy as np

from .._kernels.interface import Array
from ..arguments.attributes import Fixed
from ..arguments.elsewhere import OPTIMIZER
from ..arguments.explained import Explained
from ..arguments.hyperparameters import as_number
from ..schedules import Scaled, Schedule, as_schedule


class Optimizer(Explained, Fixed):
    """Base of all optimizers: a learning rate, a memory and an update.

    An optimizer of your own defines ``name``, ``slots`` and ``update``.
    """

    settable = frozenset({"learning_rate", "schedule"})
    elsewhere = OPTIMIZER
    hints: ClassVar = {"'betas'": "write beta1=..., beta2=..."}
    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()
    """The names of the arrays in the memory."""
    needs_all_samples: ClassVar[bool] = False
    """Whether it asks for the loss of all samples as often as it likes, by a method ``minimize``, see `LBFGS`."""

    def __init__(self, learning_rate: float | Schedule, weight_decay: float) -> None:
        self.learning_rate = learning_rate
        self.weight_decay = as_number(weight_decay, f"{type(self).__name__}: weight_decay", minimum=0)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "learning_rate":  # updates read the schedule
            self.schedule = as_schedule(value, f"{type(self).__name__}: learning_rate")
        super().__setattr__(name, value)

    def of(self, name: str) -> Optimizer:
        """Return the optimizer that changes the parameter of this name: this one, but for `Groups`."""
        return self

    def check_names(self, names: Collection[str]) -> None:
        """Raise ValueError for names in this optimizer that are none of a network's parameters: it has none."""

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0.

        Raises DTypeError or ValueError when the schedule returns no number >= 0.
        """
        rate = self.schedule(step)
        if type(rate) is float and 0 <= rate < math.inf:
            return rate
        return as_number(rate, f"{type(self).__name__}: learning_rate at step {step}", minimum=0)

    def scaled(self, factor: float, minimum: float = 0.0) -> Optimizer:
        """Return a copy of this optimizer with its learning rate multiplied by ``factor`` at every step.

        The factor takes no rate below ``minimum``; see `nnfs.schedules.Scaled`.
        """
        import copy  # imported only here, because it takes 0.3 ms and few trainings change their rate

        twin = copy.copy(self)
        twin.schedule = Scaled(self.schedule, factor, minimum)
        return twin

    def memory(self, value: Array) -> dict[str, Array]:
        """Return the memory for parameters ``value`` (P,): arrays of zeros (P,) by name, owned by the caller."""
        return {name: np.zeros_like(value) for name in self.slots}

    def update(self, value: Array, grad: Array, memory: dict[str, Array], step: int) -> None:
        """Take one step: change the parameters and the memory in place.

        Parameters
        ----------
        value : ndarray of float32 or float64, shape (P,)
            All parameters of a network; overwritten.
        grad : ndarray, shape (P,)
            Their gradients, in the dtype of ``value``; not modified.
        memory : dict of str to ndarray
            The result of `memory`, as the last step left it; overwritten.
        step : int
            The number of the step, counted from 0.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no update; write def update(self, value, grad, memory, step)"
        )

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if name != "schedule"}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"
