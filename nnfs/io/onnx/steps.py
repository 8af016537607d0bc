"""Steps: the values of a graph, each as the last layer of a path of layers from the graph's input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..._kernels.interface import Array
from ...arguments.shapes import Shape
from ...layers import Layer, Normalization, Permute, Reshape

Weights = tuple[tuple[Layer, str, Array], ...]


class Step(NamedTuple):
    """Describe a value of the graph: the layer that computes it, and the step of this layer's input."""

    before: Step | None
    layer: Layer | None
    """None for the input of the graph."""
    shape: Shape
    """The shape of one sample of the value."""
    dtype: np.dtype[Any]
    batch: int | None
    """The number of samples, if the file fixes it."""
    weights: Weights
    """Layer, name and array of each parameter and buffer of the layer."""
    factor: float = 1.0
    """The value is the output of the layer times this factor."""
    order: tuple[int, ...] | None = None
    """The value is the output of the layer with its axes, those of a batch, in this order; None for their own order."""

    @property
    def value_shape(self) -> Shape:
        """The shape of one sample of the value, with its axes in their order."""
        return self.shape if self.order is None else tuple(self.shape[axis - 1] for axis in self.order[1:])

    def settled(self) -> Step:
        """Return a step whose layer computes the value itself, without a factor or an order of axes."""
        step = self._replace(factor=1.0, order=None)
        if self.factor != 1:
            scale = np.full(self.shape[0], 1 / self.factor if self.factor else np.inf, self.dtype)
            step = step.then(Normalization(), scale=scale)
        if self.order is None:
            return step
        moved = [axis for axis in self.order[1:] if self.shape[axis - 1] > 1]
        if moved == sorted(moved):  # axes of size 1 may stand anywhere
            return step.then(Reshape(self.value_shape))
        return step.then(Permute(self.order[1:]))

    def then(self, layer: Layer, **weights: Array | None) -> Step:
        """Return the step of a layer that reads this value; ``weights`` are its parameters and buffers by name."""
        given = tuple((layer, name, array) for name, array in weights.items() if array is not None)
        return self.then_all(layer, given)

    def then_all(self, layer: Layer, weights: Weights) -> Step:
        """Return the step of a layer that reads this value; ``weights`` may belong to layers within it."""
        return Step(self, layer, layer.output_shape(self.shape), self.dtype, self.batch, weights)

    def path(self) -> list[Step]:
        """Return the steps from the graph's input to this one, without the step of the input."""
        steps: list[Step] = []
        step: Step | None = self
        while step is not None and step.layer is not None:
            steps.append(step)
            step = step.before
        return steps[::-1]


def layers_of_steps(steps: Sequence[Step]) -> list[Layer]:
    """Return the layer of each step, without the graph's input, which has none."""
    return [step.layer for step in steps if step.layer is not None]


def weights_of_steps(*paths: Sequence[Step]) -> Weights:
    """Return the weights of all steps of all paths."""
    return tuple(entry for steps in paths for step in steps for entry in step.weights)


def branches(ends: Sequence[Step]) -> tuple[int, list[list[Step]]]:
    """Return how many steps the paths to these ends share at their start, and the other steps of each path."""
    paths = [end.path() for end in ends]
    shared = 0
    for steps in zip(*paths, strict=False):
        if any(step.layer is not steps[0].layer for step in steps):
            break
        shared += 1
    return shared, [path[shared:] for path in paths]
