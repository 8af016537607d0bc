"""Paths of layers from the input of a graph: each value is the end of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..._kernels.interface import Array
from ...arguments.shapes import Shape
from ...layers import Layer

Weights = tuple[tuple[Layer, str, Array], ...]


class Step(NamedTuple):
    """One layer on the way from the input, and what is known of the value after it."""

    before: Step | None
    layer: Layer | None
    """None for the input itself."""
    shape: Shape
    """That of a sample."""
    dtype: np.dtype[Any]
    batch: int | None
    """The number of samples, where the file fixes it."""
    weights: Weights
    """Layer, name and array of each parameter and buffer."""
    factor: float = 1.0
    """What the layers' output must be multiplied by to be the value."""

    def then(self, layer: Layer, **weights: Array | None) -> Step:
        """Return the step of a layer after this one."""
        given = tuple((layer, name, array) for name, array in weights.items() if array is not None)
        return self.then_all(layer, given)

    def then_all(self, layer: Layer, weights: Weights) -> Step:
        """Return the step of a layer with others within it."""
        return Step(self, layer, layer.output_shape(self.shape), self.dtype, self.batch, weights)

    def path(self) -> list[Step]:
        """Return the steps from the input on, which is none of them."""
        steps: list[Step] = []
        step: Step | None = self
        while step is not None and step.layer is not None:
            steps.append(step)
            step = step.before
        return steps[::-1]


def layers_of_steps(steps: Sequence[Step]) -> list[Layer]:
    """Return the layers of steps."""
    return [step.layer for step in steps if step.layer is not None]


def weights_of_steps(*paths: Sequence[Step]) -> Weights:
    """Return what all layers of paths are given."""
    return tuple(entry for steps in paths for step in steps for entry in step.weights)


def branches(ends: Sequence[Step]) -> tuple[int, list[list[Step]]]:
    """Return how many steps the paths to these ends have in common, and the rest of each."""
    paths = [end.path() for end in ends]
    shared = 0
    for steps in zip(*paths, strict=False):
        if any(step.layer is not steps[0].layer for step in steps):
            break
        shared += 1
    return shared, [path[shared:] for path in paths]
