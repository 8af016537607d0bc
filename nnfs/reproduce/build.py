"""The network and the optimizer of a task, made from its settings."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..initializers import he_normal
from ..layers import Conv2D, Layer, MaxPool2D, ReLU, Sigmoid
from ..models import fully_connected
from ..optimizers import SGD
from ..schedules import Cosine, WarmUp
from ..sequential import Sequential
from .tasks import Settings, Task

KERNEL_SIZE = 3


def build_network(
    task: Task, settings: Settings, input_shape: Shape, outputs: int, *, seed: int, dtype: str = "float32"
) -> Sequential:
    """Return a new network for a task: the task's convolutions, if any, then fully connected layers.

    A ReLU follows each convolution, as in the original project. The network of the moons ends in a sigmoid, so that
    its outputs lie between the targets 0 and 1.
    """
    layers: list[Layer] = []
    initializer = he_normal_positive if task.filters == (1,) else "he_normal"
    for filters in task.filters:
        layers.append(Conv2D(filters, KERNEL_SIZE, padding=task.padding, initializer=initializer))
        layers.append(ReLU())
        if task.pool_size is not None:
            layers.append(MaxPool2D(task.pool_size))
    layers += fully_connected(
        input_shape, settings.hidden_units, outputs, dropout=settings.dropout, initializer="he_normal"
    )
    if task.name == "moons":
        layers.append(Sigmoid())
    return Sequential(layers, input_shape, seed=seed, dtype=dtype)


def he_normal_positive(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Return the absolute values of weights drawn by `he_normal`.

    They are for networks with a single filter. Pixels are not negative, so that a filter with mostly negative weights
    would have negative outputs, which the ReLU behind it turns into zeros.
    """
    return np.abs(he_normal(shape, fan_in, fan_out, rng))


def build_optimizer(settings: Settings, samples: int) -> SGD:
    """Return SGD with a learning rate that rises over the first epoch, then falls to 0 along half a cosine.

    ``samples`` is the number of training samples of an epoch.
    """
    steps_per_epoch = -(-samples // settings.batch_size)
    steps = settings.epochs * steps_per_epoch
    # A training of a single epoch needs room for the fall, too: the rate rises for half of its steps.
    rise = max(1, min(steps_per_epoch, steps // 2))
    fall = Cosine(settings.learning_rate, max(1, steps - rise))
    return SGD(WarmUp(fall, rise), momentum=settings.momentum, weight_decay=settings.weight_decay)
