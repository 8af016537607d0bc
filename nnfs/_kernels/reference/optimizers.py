"""Optimizer steps in NumPy. Each assigns its results in its last statement, so that an error before changes nothing."""

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
        v = momentum * velocity + g
        new = value - learning_rate * (g + momentum * v if nesterov else v)
        velocity[...], value[...] = v, new
    else:
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
    m = beta1 * mean + (1 - beta1) * g
    s = beta2 * square + (1 - beta2) * g**2
    corrected = np.sqrt(s / (1 - beta2**step))
    new = decayed - learning_rate / (1 - beta1**step) * m / (corrected + epsilon)
    mean[...], square[...], value[...] = m, s, new


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
    s = rho * square + (1 - rho) * g**2
    new = value - learning_rate * g / (np.sqrt(s) + epsilon)
    square[...], value[...] = s, new
