"""Activations that exporters take apart, joined again: GELU written with Erf or Tanh, softplus with Exp and Log.

Exporters write one function in many forms. The form does not matter here: nodes that together compute one number from
one other number are run for a row of numbers, and what they give is compared with what a known operator gives.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..._kernels.interface import Array
from .model import Model
from .node import Node
from .operators import OPERATORS, run_node

POINTWISE = {
    *("Abs", "Add", "Clip", "Div", "Erf", "Exp", "Greater", "HardSigmoid", "Identity", "Log", "Max", "Min", "Mul"),
    *("Pow", "Relu", "Sigmoid", "Softplus", "Sub", "Tanh", "Where"),
}
TELLING = {"Abs", "Erf", "Tanh", "Log", "Clip", "HardSigmoid", "Relu", "Min", "Softplus"}
"""The operators of which a known function has at least one."""
MOST_NODES = 16
"""The largest number of nodes that are tried together."""
KNOWN: dict[str, dict[str, Any]] = {
    "gelu": {"operator": "Gelu", "version": 20, "attributes": {"approximate": "none"}},
    "gelu by tanh": {"operator": "Gelu", "version": 20, "attributes": {"approximate": "tanh"}},
    "hard swish": {"operator": "HardSwish", "version": 14, "attributes": {}},
    "mish": {"operator": "Mish", "version": 18, "attributes": {}},
    "softsign": {"operator": "Softsign", "version": 1, "attributes": {}},
    "softplus": {"operator": "Softplus", "version": 1, "attributes": {"beta": 1.0}},
}


class Function(NamedTuple):
    """Describe a value that nodes compute, number by number, from the value ``source``."""

    source: str
    nodes: tuple[int, ...]


def joined_nodes(model: Model) -> list[Node]:
    """Return the nodes of a model with known operators in the places of those that together compute one.

    Nodes whose outputs nobody reads are left out.
    """
    numbers = {name: array.reshape(()) for name, array in model.constants.items() if array.size == 1}
    nodes, computed = list(model.nodes), {value.name for value in model.needed_inputs}
    # A joined value may be a part of a larger known function, as the logarithm is of softplus; else it is a new source.
    whole: dict[str, Function] = {}
    restarted: dict[str, Function] = {}
    for index, node in enumerate(model.nodes):
        if node.operator == "Constant" and (array := run_node(node, [])[0]).size == 1:
            numbers[node.outputs[0]] = array.reshape(())
        if not computed & set(node.inputs):
            continue
        computed.update(node.outputs)
        for functions in (whole, restarted):
            function = _function(node, index, numbers, functions)
            if function is None or function.source not in computed:
                continue
            functions[node.outputs[0]] = function
            known = _known(model, function, numbers)
            if known:
                nodes[index] = node._replace(inputs=(function.source,), arguments=node.arguments[:1], **known)
                restarted.pop(node.outputs[0], None)
                break
    return _needed(nodes, {value.name for value in model.outputs})


def _function(node: Node, index: int, numbers: dict[str, Array], functions: dict[str, Function]) -> Function | None:
    """Return what a node computes as a function of one value, or None if it is none."""
    if node.operator not in POINTWISE:
        return None
    read = [name for name in node.inputs if name and name not in numbers]
    sources = {functions[name].source if name in functions else name for name in read}
    if len(sources) > 1:  # one of the values may itself be what the others are computed from
        sources &= set(read)
    if len(sources) != 1:
        return None
    (source,) = sources
    places = {place for name in read if name != source and name in functions for place in functions[name].nodes}
    if len(places) >= MOST_NODES or any(name != source and functions[name].source != source for name in read):
        return None
    return Function(source, (*sorted(places), index))


def _known(model: Model, function: Function, numbers: dict[str, Array]) -> dict[str, Any] | None:
    """Return the fields of the node that computes a function, or None if no known operator does."""
    if len(function.nodes) < 2 or not any(model.nodes[place].operator in TELLING for place in function.nodes):
        return None
    x = np.linspace(-30, 30, 601, dtype=model.needed_inputs[0].dtype)
    values: dict[str, Array] = numbers | {function.source: x}
    for place in function.nodes:
        node = model.nodes[place]
        (values[node.outputs[0]],) = run_node(node, [values[name] if name else None for name in node.inputs])
    y = values[model.nodes[function.nodes[-1]].outputs[0]]
    for name, fields in KNOWN.items():
        made = fields
        if name == "softplus":
            beta = math.log(2) / max(float(y[len(y) // 2]), 1e-6)
            made = fields | {"attributes": {"beta": round(beta, 5)}}
        if np.allclose(y, _value(made, x), rtol=1e-5, atol=2e-6):
            return made
    return None


def _value(fields: dict[str, Any], x: Array) -> Array:
    if fields["operator"] == "Softplus":
        beta = fields["attributes"]["beta"]
        return np.logaddexp(beta * x, 0) / beta
    node = Node("", "", inputs=("x",), outputs=("y",), arguments=(), **fields)
    return OPERATORS[node.operator](node, x)


def _needed(nodes: list[Node], read: set[str]) -> list[Node]:
    """Return the nodes that compute the values ``read``, in their order."""
    kept = []
    for node in reversed(nodes):
        if read & set(node.outputs):
            read |= set(node.inputs)
            kept.append(node)
    return kept[::-1]
