"""Adam, and AdamW, whose weight decay is no part of the gradient."""

from __future__ import annotations

from typing import ClassVar

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..schedules import Schedule
from ..system.floating_point import quietly
from .optimizer import Optimizer


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
