"""What a step changes: the parts of the parameter vector that train, and the optimizer of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .._kernels.interface import Array
from ..network.network import Network
from ..optimizers import Optimizer
from ..system.floating_point import loud


class Part(NamedTuple):
    """Neighbours in the parameter vector that one optimizer changes."""

    optimizer: Optimizer
    place: slice
    names: list[str]
    """Those of the optimizer's memory."""

    def arrays(self, network: Network, memory: dict[str, Array]) -> tuple[Array, Array, dict[str, Array]]:
        """Return the part's values, gradients and memory: views. What is not as long as the vector is given whole."""
        value, grad = network.vector.value, network.vector.grad
        own = {name: memory[name] for name in self.names}
        of_part = {name: array[self.place] if array.shape == value.shape else array for name, array in own.items()}
        return value[self.place], grad[self.place], of_part


class TrainedParts:
    """Hold the parts of a network that train, as few as there can be, until a layer is frozen or trains again.

    Raises
    ------
    ValueError
        Where every layer with parameters is frozen.
    """

    def __init__(self, network: Network, optimizer: Optimizer) -> None:
        self.network, self.optimizer = network, optimizer
        self._flags = [(layer, layer.trainable) for layer in network.layers.learners()]
        self.parts = list(_parts(network, optimizer))
        if self._flags and not self.parts:
            raise ValueError(
                "every layer that has parameters is frozen, so that nothing would train; "
                "write net.trainable = True, or layer.trainable = True"
            )

    def are_current(self, optimizer: Optimizer) -> bool:
        """Return whether these are still the parts that train, with this optimizer."""
        return optimizer is self.optimizer and all(layer.trainable is flag for layer, flag in self._flags)

    def update(self, memory: dict[str, Array], step: int) -> int:
        """Let each optimizer take a step on its part; return the number of the next step.

        Where there is more than one, each has given its learning rate before any number changes.
        """
        if len(self.parts) > 1:
            for part in self.parts:
                part.optimizer.rate(step)
        if not self.parts:
            return step + 1
        updates = [(loud(part.optimizer.update), part.arrays(self.network, memory)) for part in self.parts]
        *others, (update, arrays) = updates
        for other, of_part in others:
            other(*of_part, step)
        # One statement: what breaks in behind the last update finds the step counted.
        return (update(*arrays, step), step + 1)[1]


def _parts(network: Network, optimizer: Optimizer) -> Iterator[Part]:
    optimizer.check_names(network.parameters)
    names = {id(value): name for name, value in reversed(network.trainable_parameters.items())}
    latest: Part | None = None
    for parameter, place in network.vector.places.items():
        if id(parameter) not in names:
            continue
        own = optimizer.of(names[id(parameter)])
        if latest is not None and latest.place.stop == place.start and latest.optimizer is own:
            latest = latest._replace(place=slice(latest.place.start, place.stop))
            continue
        if latest is not None:
            yield latest
        latest = Part(own, place, list(own.memory(network.vector.value[:0])))
    if latest is not None:
        yield latest
