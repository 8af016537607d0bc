"""The conversion of a graph into a network that computes its outputs and can be trained.

A value that depends on the graph's input becomes a `Step`, the end of a path of layers. All other values are computed
during the conversion, see `folding`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...arguments.arrays import FLOATS
from ...errors import FormatError, ShapeError, UnsupportedError
from ...layers.chain import MOST
from ...layers.container import as_chain
from ...layers.parameter import Parameter
from ...sequential import Sequential
from ..network_size import check_network
from .conversions import convert
from .folding import OF_SHAPES, Folded, fold, fold_shape, without_batch
from .graph_size import check_pass, given
from .joining import joined_nodes
from .locating import locating
from .model import Model, Value
from .node import Node
from .steps import Step, layers_of_steps, weights_of_steps


def to_network(model: Model, *, seed: int) -> Sequential:
    """Return a new network that computes the outputs of a model; ``seed`` is that of its random numbers.

    Raises UnsupportedError for a model that no layers of nnfs compute.
    """
    if len(model.nodes) > MOST:
        raise UnsupportedError(f"to_network: got {len(model.nodes)} nodes; a network has at most {MOST} layers")
    start_value, start = _start(model)
    steps: dict[str, Step] = {start_value.name: start}
    constants: dict[str, Folded] = {name: (array,) for name, array in model.constants.items()}
    folded = 0
    with np.errstate(all="ignore"), given(model.nbytes):
        for node in joined_nodes(model):
            for name in node.inputs:
                if name and name not in steps and name not in constants:
                    raise UnsupportedError(f"{node.where}: input {name!r}: no layer of nnfs gives it")
            inputs = [steps[name] for name in node.inputs if name in steps]
            arrays = [constants.get(name) if name else None for name in node.inputs]
            if inputs and node.operator not in OF_SHAPES:
                steps[node.outputs[0]] = _convert(node, inputs, arrays)
            else:
                results = fold(node, arrays) if not inputs else fold_shape(node, inputs[0])
                constants.update(zip(node.outputs, results, strict=True))
                folded += sum(array.nbytes for arrays in results for array in arrays)
                check_pass(folded)
    name = model.outputs[0].name
    if name not in steps:
        raise UnsupportedError(f"to_network: output {name!r}: no layer of nnfs gives it")
    network = _build(start, steps[name], seed, model.nbytes)
    network.loss = model.metadata.loss
    with locating("metadata_props"):
        try:
            network.facts = model.metadata.facts
        except ShapeError as error:
            raise FormatError(f"{error}; another program may have changed the layers") from error
    return network


def _start(model: Model) -> tuple[Value, Step]:
    inputs = model.needed_inputs
    if len(inputs) != 1 or len(model.outputs) != 1:
        raise UnsupportedError(
            f"to_network: a network has one input and one output, the graph has {len(inputs)} and {len(model.outputs)}"
        )
    value = inputs[0]
    if value.dtype not in FLOATS:
        raise UnsupportedError(f"to_network: input {value.name!r}: got {value.dtype}, wanted float32 or float64")
    sizes = value.shape[1:] if value.shape else ()
    shape = tuple(size for size in sizes if isinstance(size, int) and size > 0)
    if not shape or len(shape) != len(sizes):
        raise UnsupportedError(
            f"to_network: input {value.name!r}: got shape {value.shape}, wanted a batch axis and then known sizes"
        )
    batch = value.shape[0] if value.shape and isinstance(value.shape[0], int) else None
    return value, Step(None, None, shape, value.dtype, batch, ())


def _convert(node: Node, inputs: Sequence[Step], arrays: Sequence[Folded | None]) -> Step:
    """Convert a node into a step; errors name the node."""
    with locating(node.where, node=node.name, operator=node.operator):
        try:
            return convert(node, inputs, [without_batch(found, inputs[0].batch) if found else None for found in arrays])
        except FormatError:
            raise
        except (ValueError, TypeError) as error:  # from the layer, which may accept fewer values than ONNX
            raise UnsupportedError(f"no layer of nnfs does this: {error}") from None


def _build(start: Step, end: Step, seed: int, held: int) -> Sequential:
    steps = end.settled().path()
    if not steps:
        raise UnsupportedError("to_network: the graph has nothing that a layer does")
    layers = as_chain(layers_of_steps(steps), "layers")
    made = [id(chain[index]) for _, chain, index in layers.walk()]
    if len(set(made)) < len(made):
        raise UnsupportedError("to_network: a layer's output goes to places that no Residual or Concat joins again")
    network = Sequential(layers, start.shape, seed=seed, dtype=start.dtype)
    check_network(network, held)
    for layer, name, array in weights_of_steps(steps):
        target = getattr(layer, name)
        if isinstance(target, Parameter):
            target.value = array
        else:
            target[...] = array
    return network
