"""Optimizer steps."""

from __future__ import annotations

import numpy as np

from ..interface import Array


def sgd_update(
    grad: Array,
    learning_rate: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
    *,
    value: Array,
    velocity: Array,
) -> None:
    g = grad + weight_decay * value
    if momentum:
        velocity[...] = momentum * velocity + g
        g = g + momentum * velocity if nesterov else velocity
    value -= learning_rate * g


def adam_update(
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
    g = grad if decoupled else grad + weight_decay * value
    decayed = value - learning_rate * weight_decay * value if decoupled else value
    mean[...] = beta1 * mean + (1 - beta1) * g
    square[...] = beta2 * square + (1 - beta2) * g**2
    corrected = np.sqrt(square / (1 - beta2**step))
    # One statement: Ctrl-C finds the parameters before the step or behind it.
    value[...] = decayed - learning_rate / (1 - beta1**step) * mean / (corrected + epsilon)


def rmsprop_update(
    grad: Array,
    learning_rate: float,
    rho: float,
    epsilon: float,
    weight_decay: float,
    *,
    value: Array,
    square: Array,
) -> None:
    g = grad + weight_decay * value
    square[...] = rho * square + (1 - rho) * g**2
    value -= learning_rate * g / (np.sqrt(square) + epsilon)
