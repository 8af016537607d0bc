"""Stochastic gradient descent."""

from __future__ import annotations

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.hyperparameters import as_flag, as_number
from ..schedules import Schedule
from ..system.floating_point import quietly
from .optimizer import Optimizer


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
