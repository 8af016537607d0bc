"""RMSprop."""

from __future__ import annotations

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..schedules import Schedule
from ..system.floating_point import quietly
from .optimizer import Optimizer


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
