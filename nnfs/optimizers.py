"""Optimizers: rules that change the parameters, given their gradients.

An optimizer holds hyper-parameters only, and can serve many networks. Its memory from step to step is arrays as long as
all parameters together; it belongs to the trainer that calls the optimizer, see `Optimizer.memory`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from ._kernels import kernels
from ._kernels.interface import Array
from .arguments.attributes import Fixed
from .arguments.elsewhere import OPTIMIZER, no_attribute
from .arguments.explained import Explained
from .arguments.hyperparameters import as_flag, as_number
from .arguments.names import find_part
from .schedules import Scaled, Schedule, as_schedule
from .system.floating_point import quietly


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

    def __init__(self, learning_rate: float | Schedule, weight_decay: float) -> None:
        self.learning_rate = learning_rate
        self.weight_decay = as_number(weight_decay, f"{type(self).__name__}: weight_decay", minimum=0)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "learning_rate":  # updates read the schedule
            self.schedule = as_schedule(value, f"{type(self).__name__}: learning_rate")
        super().__setattr__(name, value)

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


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if wanted.

    g = grad + weight_decay * value;  v = momentum * v + g;
    value -= learning_rate * (g + momentum * v if nesterov else v)

    Source: Sutskever et al., On the Importance of Initialization and Momentum, 2013, in PyTorch's form.

    Parameters
    ----------
    learning_rate : float or schedule
        >= 0; a schedule is a function of the step, see `nnfs.schedules`.
    momentum : float
        0 <= momentum < 1.
    nesterov : bool
        Whether to use Nesterov's form, which needs a momentum.
    weight_decay : float
        >= 0.
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
    """Adam: gradient descent with running means of the gradient and of its square.

    g = grad + weight_decay * value;  m = beta1 m + (1 - beta1) g;  s = beta2 s + (1 - beta2) g**2;
    value -= learning_rate * m / (1 - beta1**t) / (sqrt(s / (1 - beta2**t)) + epsilon),  t = step + 1

    Source: Kingma and Ba, Adam: a Method for Stochastic Optimization, 2015, algorithm 1.

    Parameters
    ----------
    learning_rate : float or schedule
        >= 0; a schedule is a function of the step, see `nnfs.schedules`.
    beta1, beta2 : float
        Decay of the two running means, 0 <= beta < 1.
    epsilon : float
        > 0; keeps the division finite.
    weight_decay : float
        >= 0.
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
    """Adam with decoupled weight decay: the decay is not part of the gradient.

    value -= learning_rate * weight_decay * value, then a step of `Adam` with weight_decay = 0

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, algorithm 2. The parameters are those of
    `Adam`.
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
    """RMSprop: gradient descent divided by the root of a running mean of squared gradients.

    g = grad + weight_decay * value;  s = rho s + (1 - rho) g**2;  value -= learning_rate * g / (sqrt(s) + epsilon)

    Source: Tieleman and Hinton, Neural Networks for Machine Learning, 2012, lecture 6e.

    Parameters
    ----------
    learning_rate : float or schedule
        >= 0; a schedule is a function of the step, see `nnfs.schedules`.
    rho : float
        Decay of the running mean, 0 <= rho < 1.
    epsilon : float
        > 0; keeps the division finite.
    weight_decay : float
        >= 0.
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
    """Return a new optimizer with this name and default arguments; an `Optimizer` is returned unchanged.

    Raises ValueError for an unknown name, whose message gives the name that is meant or all names, and DTypeError for a
    class.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    return find_part(optimizer, OPTIMIZERS, "optimizer")()  # type: ignore[call-arg]


if not TYPE_CHECKING:  # to a type checker every name would be there

    def __getattr__(name: str) -> NoReturn:
        raise no_attribute(__name__, name)
