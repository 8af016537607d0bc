"""The contract of the kernels of optimizers; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class OptimizerKernels(Protocol):
    """Kernels that take one step of an optimizer."""

    def sgd_update(
        self,
        grad: Array,
        learning_rate: float,
        momentum: float,
        nesterov: bool,
        weight_decay: float,
        *,
        value: Array,
        velocity: Array,
    ) -> None:
        """Take one step of stochastic gradient descent on vectors of one length.

        g = grad + weight_decay * value;  velocity = momentum * velocity + g;
        value -= learning_rate * (g + momentum * velocity if nesterov else velocity)

        Where momentum is 0, value -= learning_rate * g; velocity is not read or written, and may be empty.
        """

    def adam_update(
        self,
        grad: Array,
        learning_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        weight_decay: float,
        decoupled: bool,
        step: int,
        *,
        value: Array,
        mean: Array,
        square: Array,
    ) -> None:
        """Take one step of Adam, or of AdamW where ``decoupled``; ``step`` counts from 1.

        decoupled: value -= learning_rate * weight_decay * value, g = grad;
        else g = grad + weight_decay * value

        mean = beta1 * mean + (1 - beta1) * g;  square = beta2 * square + (1 - beta2) * g**2
        value -= learning_rate / (1 - beta1**step) * mean / (sqrt(square / (1 - beta2**step)) + epsilon)
        """

    def rmsprop_update(
        self,
        grad: Array,
        learning_rate: float,
        rho: float,
        epsilon: float,
        weight_decay: float,
        *,
        value: Array,
        square: Array,
    ) -> None:
        """Take one step of RMSprop.

        g = grad + weight_decay * value;  square = rho * square + (1 - rho) * g**2;
        value -= learning_rate * g / (sqrt(square) + epsilon)
        """
