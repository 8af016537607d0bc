"""The conversion of operators with several computed inputs into layers: Add, Concat, Mul and Sub.

Each function takes the node, the last step that all inputs share, and the steps of each input after that one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...errors import UnsupportedError
from ...layers import Concat, Gate, Normalization, Residual, Sigmoid, SiLU
from .node import Node
from .operators.axes import as_axis
from .steps import Step, layers_of_steps, weights_of_steps


def _residual(node: Node, shared: Step, paths: list[list[Step]]) -> Step:
    body, shortcut = paths if paths[0] else paths[::-1]
    if len(paths) != 2 or not body:
        raise UnsupportedError("wanted the outputs of two different layers")
    layer = Residual(layers_of_steps(body), layers_of_steps(shortcut) or None)
    return shared.then_all(layer, weights_of_steps(*paths))


def _difference(node: Node, shared: Step, paths: list[list[Step]]) -> Step:
    end = paths[1][-1] if paths[1] else shared
    negative = end.then(Normalization(), scale=np.full(end.shape[0], -1, end.dtype))
    return _residual(node, shared, [paths[0], [*paths[1], negative]])


def _product(node: Node, shared: Step, paths: list[list[Step]]) -> Step:
    gates = [step.layer for path in paths for step in path]
    if len(gates) == 1 and type(gates[0]) is Sigmoid:
        return shared.then(SiLU())
    if len(paths) != 2 or all(paths) or not any(paths):
        raise UnsupportedError("no layer of nnfs multiplies two values; x times what layers make of x is a Gate")
    return shared.then_all(Gate(layers_of_steps(paths[0] or paths[1])), weights_of_steps(*paths))


def _concat(node: Node, shared: Step, paths: list[list[Step]]) -> Step:
    axis = as_axis(node.attributes.get("axis", 1), len(shared.shape) + 1)
    if axis != 1:
        raise UnsupportedError(f"attribute axis: got {axis}, wanted 1: Concat is along the first axis of samples")
    return shared.then_all(Concat([layers_of_steps(path) for path in paths]), weights_of_steps(*paths))


MERGES: dict[str, Callable[[Node, Step, list[list[Step]]], Step]] = {
    "Add": _residual,
    "Concat": _concat,
    "Mul": _product,
    "Sub": _difference,
}
"""The function that converts each operator that reads several values into a layer."""
