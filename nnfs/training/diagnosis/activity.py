"""Activity: what activations gave in one pass, and the gradients of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

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


class Activity:
    """Tell what the step that ended last left in the buffers of its passes; a number is computed when it is read.

    Parameters
    ----------
    network : Network
        What is trained.
    workspace : Workspace
        The buffers.
    """

    def __init__(self, network: Network, workspace: Workspace) -> None:
        self._network, self._workspace = network, workspace

    @cached_property
    def outputs(self) -> list[tuple[str, Layer, Array]]:
        """Name, activation and outputs (N, ...) of each activation, without those of frozen layers.

        Of one that runs with a max pooling as one it is what the pooling gave.
        """
        return [(name, layer, y[:MOST_ROWS]) for name, layer, y in _kept(self._network.layers, self._workspace, "")]

    @cached_property
    def gradients(self) -> list[tuple[str, Weighted, float, float]]:
        """For each layer with a weight that trains its name, the layer, and two root mean squares.

        They are those of its weight and of the weight's gradient.
        """
        return [
            (str(index), layer, _root_mean_square(layer.weight.value), _root_mean_square(layer.weight.grad))
            for index, layer in enumerate(self._network.layers)
            if isinstance(layer, Weighted) and layer.trainable and isinstance(layer, Dense | Convolution)
        ]


def activity_of(network: Network, loss: Loss, x: Array, y: Array) -> Activity:
    """Return the activity of a pass over a batch; the network's gradients are as they were afterwards."""
    rows = [np.ascontiguousarray(each[:MOST_ROWS]) for each in (x, y)]
    with gradient_pass(network, loss, *rows) as workspace:
        activity = Activity(network, workspace)
        _ = activity.outputs, activity.gradients  # read while the buffers hold this pass
        return activity


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


def _root_mean_square(values: Array) -> float:
    flat = values.reshape(-1)
    return math.sqrt(float(flat @ flat) / max(1, flat.size))
