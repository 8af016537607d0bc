"""Optimizers: how a gradient becomes a change of the parameters.

An optimizer holds hyper-parameters only and can serve many networks. What it remembers from step to step, vectors
as long as all parameters together, belongs to the trainer that calls it; see `Optimizer.memory`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ._kernels import kernels
from ._kernels.interface import Array
from .arguments.attributes import Fixed
from .arguments.elsewhere import OPTIMIZER
from .arguments.explained import Explained
from .arguments.hyperparameters import as_flag, as_number
from .arguments.names import find_part
from .schedules import Scaled, Schedule, as_schedule
from .system.floating_point import quietly


class Optimizer(Explained, Fixed):
    """What every optimizer is: a learning rate, a memory and an update."""

    settable = frozenset({"learning_rate", "schedule"})
    elsewhere = OPTIMIZER
    hints: ClassVar = {"'betas'": "write beta1=..., beta2=..."}
    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()
    """The names of the vectors that it remembers."""

    def __init__(self, learning_rate: float | Schedule, weight_decay: float) -> None:
        self.learning_rate = learning_rate
        self.weight_decay = as_number(weight_decay, f"{type(self).__name__}: weight_decay", minimum=0)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "learning_rate":  # what reads it is the schedule
            self.schedule = as_schedule(value, f"{type(self).__name__}: learning_rate")
        super().__setattr__(name, value)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0; raise where a schedule gives no number >= 0."""
        rate = self.schedule(step)
        if type(rate) is float and 0 <= rate < math.inf:
            return rate
        return as_number(rate, f"{type(self).__name__}: learning_rate at step {step}", minimum=0)

    def scaled(self, factor: float, minimum: float = 0.0) -> Optimizer:
        """Return a copy whose learning rate is ``factor`` times this one's at every step, see `Scaled`."""
        import copy  # here: it costs 0.3 ms, and few trainings change their rate on the way

        twin = copy.copy(self)
        twin.schedule = Scaled(self.schedule, factor, minimum)
        return twin

    def memory(self, value: Array) -> dict[str, Array]:
        """Return the vectors to remember for parameters ``value`` (P,): zeros, owned by the caller."""
        return {name: np.zeros_like(value) for name in self.slots}

    def update(self, value: Array, grad: Array, memory: dict[str, Array], step: int) -> None:
        """Change ``value`` (P,) and ``memory`` in place for the gradient ``grad`` (P,); steps count from 0."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if name != "schedule"}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class SGD(Optimizer):
    """Go down the gradient, with momentum if wanted.

    g = grad + weight_decay * value;  v = momentum * v + g;
    value -= learning_rate * (g + momentum * v if nesterov else v)

    (the form of Sutskever et al., 2013, that PyTorch uses)
    """

    name = "sgd"

    def __init__(
        self,
        learning_rate: float | Schedule = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        self.momentum = as_number(momentum, "SGD: momentum", minimum=0, below=1)
        self.nesterov = as_flag(nesterov, "SGD: nesterov")
        if self.nesterov and not self.momentum:
            raise ValueError("SGD: nesterov needs a momentum > 0, got momentum=0")

    def memory(self, value: Array) -> dict[str, Array]:
        return {"velocity": np.zeros_like(value) if self.momentum else np.empty(0, value.dtype)}

    @quietly
    def update(self, value: Array, grad: Array, memory: dict[str, Array], step: int) -> None:
        kernels.sgd_update(
            grad, self.rate(step), self.momentum, self.nesterov, self.weight_decay, value=value, **memory
        )


class Adam(Optimizer):
    """Scale each step by running means of the gradient and of its square (Kingma and Ba, 2015, algorithm 1).

    g = grad + weight_decay * value;  m = beta1 m + (1 - beta1) g;  s = beta2 s + (1 - beta2) g**2;
    value -= learning_rate * m / (1 - beta1**t) / (sqrt(s / (1 - beta2**t)) + epsilon),  t = step + 1
    """

    name = "adam"
    slots = ("mean", "square")
    decoupled: ClassVar[bool] = False

    def __init__(
        self,
        learning_rate: float | Schedule = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        owner = type(self).__name__
        self.beta1 = as_number(beta1, f"{owner}: beta1", minimum=0, below=1)
        self.beta2 = as_number(beta2, f"{owner}: beta2", minimum=0, below=1)
        self.epsilon = as_number(epsilon, f"{owner}: epsilon", above=0)

    @quietly
    def update(self, value: Array, grad: Array, memory: dict[str, Array], step: int) -> None:
        kernels.adam_update(
            grad,
            self.rate(step),
            self.beta1,
            self.beta2,
            self.epsilon,
            self.weight_decay,
            self.decoupled,
            step + 1,
            value=value,
            **memory,
        )


class AdamW(Adam):
    """Adam with weight decay beside the gradient, not inside it (Loshchilov and Hutter, 2019, algorithm 2).

    value -= learning_rate * weight_decay * value, then a step of Adam without weight decay
    """

    name = "adamw"
    decoupled = True

    def __init__(
        self,
        learning_rate: float | Schedule = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon, weight_decay=weight_decay)


class RMSprop(Optimizer):
    """Divide each step by a running mean of the gradient's size (Tieleman and Hinton, 2012, lecture 6e).

    g = grad + weight_decay * value;  s = rho s + (1 - rho) g**2;  value -= learning_rate * g / (sqrt(s) + epsilon)
    """

    name = "rmsprop"
    slots = ("square",)

    def __init__(
        self,
        learning_rate: float | Schedule = 1e-3,
        *,
        rho: float = 0.9,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        self.rho = as_number(rho, "RMSprop: rho", minimum=0, below=1)
        self.epsilon = as_number(epsilon, "RMSprop: epsilon", above=0)

    @quietly
    def update(self, value: Array, grad: Array, memory: dict[str, Array], step: int) -> None:
        kernels.rmsprop_update(grad, self.rate(step), self.rho, self.epsilon, self.weight_decay, value=value, **memory)


OPTIMIZERS: dict[str, type[Optimizer]] = {optimizer.name: optimizer for optimizer in (SGD, Adam, AdamW, RMSprop)}


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Return the optimizer of this name with its defaults; an `Optimizer` is returned as it is.

    Raises ValueError, with the name that is meant or all names, where there is none, and DTypeError for a class.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    return find_part(optimizer, OPTIMIZERS, "optimizer")()  # type: ignore[call-arg]
