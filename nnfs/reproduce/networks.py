"""From settings to a network and its optimizer."""

from __future__ import annotations

from ..layers import Conv2D, Layer, LeakyReLU, MaxPool2D, Sigmoid
from ..models import fully_connected
from ..network import Sequential
from ..optimizers import SGD
from ..schedules import Cosine, WarmUp
from ..shapes import Shape
from .tasks import Settings, Task

KERNEL_SIZE = 3
NEGATIVE_SLOPE = 0.1


def build_network(
    task: Task, settings: Settings, input_shape: Shape, outputs: int, *, seed: int, dtype: str = "float32"
) -> Sequential:
    """Return a new network for a task: convolutions if it has any, then a fully connected part.

    A leaky ReLU follows each convolution: where there is one kernel only, a plain ReLU would throw half of
    what it has seen away. The moons' network ends in a sigmoid, so that its answers lie between the targets 0 and 1.
    """
    layers: list[Layer] = []
    for filters in task.filters:
        layers.append(Conv2D(filters, KERNEL_SIZE, padding=task.padding, initializer="glorot_uniform"))
        layers.append(LeakyReLU(NEGATIVE_SLOPE))
        if task.pool_size is not None:
            layers.append(MaxPool2D(task.pool_size))
    layers += fully_connected(
        input_shape, settings.hidden_units, outputs, dropout=settings.dropout, initializer="he_normal"
    )
    if task.name == "moons":
        layers.append(Sigmoid())
    return Sequential(layers, input_shape, seed=seed, dtype=dtype)


def build_optimizer(settings: Settings, samples: int) -> SGD:
    """Return the optimizer: the learning rate rises over the first epoch, then falls to 0 along half a cosine."""
    steps_per_epoch = -(-samples // settings.batch_size)
    steps = settings.epochs * steps_per_epoch
    # A single epoch has to hold both: half of it rises then.
    rise = max(1, min(steps_per_epoch, steps // 2))
    fall = Cosine(settings.learning_rate, max(1, steps - rise))
    return SGD(WarmUp(fall, rise), momentum=settings.momentum, weight_decay=settings.weight_decay)
