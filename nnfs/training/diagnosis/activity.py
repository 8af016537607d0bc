"""Activity: what activations gave in one pass, and the gradients of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..._kernels.interface import Array
from ...layers import Dense, Layer, ReLU, Sigmoid, Tanh
from ...layers.chain import Chain
from ...layers.context import Workspace
from ...layers.convolution import Convolution
from ...layers.weighted import Weighted
from ...losses import Loss
from ...network.network import Network
from ..gradient_pass import gradient_pass

WATCHED = (ReLU, Sigmoid, Tanh)
MOST_ROWS = 64
"""How many samples of a batch are looked at."""


@dataclass(frozen=True)
class Activity:
    """Hold what one pass left behind.

    Attributes
    ----------
    outputs : list of (str, Layer, ndarray)
        Name, activation and outputs (N, ...) of each activation, without those of frozen layers. Of one that runs with
        a max pooling as one it is what the pooling gave.
    gradients : list of (str, Weighted, float, float)
        For each layer with a weight that trains, in their order, its name, the layer, and the root mean squares of its
        weight and of the weight's gradient.
    """

    outputs: list[tuple[str, Layer, Array]]
    gradients: list[tuple[str, Weighted, float, float]]


def activity_of_step(network: Network, workspace: Workspace) -> Activity:
    """Return the activity of the training step that ended last, from the buffers that it left: nothing is computed."""
    outputs = [(name, layer, y[:MOST_ROWS]) for name, layer, y in _kept(network.layers, workspace, "")]
    return Activity(outputs, _gradients(network))


def activity_of(network: Network, loss: Loss, x: Array, y: Array) -> Activity:
    """Return the activity of a pass over a batch; the network's gradients are as they were afterwards."""
    with gradient_pass(network, loss, x[:MOST_ROWS], y[:MOST_ROWS]) as workspace:
        return activity_of_step(network, workspace)


def _kept(chain: Chain, workspace: Workspace, within: str) -> Iterator[tuple[str, Layer, Array]]:
    """Yield name, layer and kept outputs of each activation, those within other layers too."""
    index, is_frozen = 0, False
    for node, ctx in zip(chain.nodes, workspace, strict=True):
        layers = (node,) if isinstance(node, Layer) else node.layers  # type: ignore[attr-defined]
        for layer in layers:
            is_frozen = not layer.trainable if layer.parameters else is_frozen
            if type(layer) in WATCHED and "y" in vars(ctx) and layer.trainable and not is_frozen:
                yield f"{within}{index}", layer, ctx.y
            for name, inner in chain.within[index].items():
                yield from _kept(inner, inner.contexts(ctx, name), f"{within}{index}.{name}.")
            index += 1


def _gradients(network: Network) -> list[tuple[str, Weighted, float, float]]:
    return [
        (str(index), layer, _root_mean_square(layer.weight.value), _root_mean_square(layer.weight.grad))
        for index, layer in enumerate(network.layers)
        if isinstance(layer, Weighted) and layer.trainable and isinstance(layer, Dense | Convolution)
    ]


def _root_mean_square(values: Array) -> float:
    flat = values.reshape(-1)
    return float(np.sqrt(float(flat @ flat) / max(1, flat.size)))
