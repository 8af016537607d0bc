"""Recording: a pass through a private copy of a network, in which each layer's input, output and gradients are kept.

The copy runs the layers one by one, unfused, by the kernels that are in use: switching kernels is not thread-safe, and
so `nnfs.explain` shows the numbers of the backend at hand. The verbs ``nnfs explain`` and ``nnfs trace``, which are
alone in their process, choose the NumPy reference.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np

from .._kernels.interface import Array
from ..layers import BatchNorm, Dropout, Layer
from ..layers.chain import Chain, Node
from ..layers.container import Container
from ..layers.context import Context, Workspace
from ..layers.parameter import Parameter
from ..losses import Loss
from ..network.guard import set_nodes
from ..network.network import Network


@dataclass
class Record:
    """What one layer got and gave in one pass; gradients are None without targets."""

    name: str
    layer: Layer
    x: Array = field(default_factory=lambda: np.empty(0))
    y: Array = field(default_factory=lambda: np.empty(0))
    dy: Array | None = None
    dx: Array | None = None
    scale: Array | None = None
    """By what dropout has multiplied each number of x."""


class RecordedNode:
    """Run a node, and keep copies of what goes in and comes out, forward and backward."""

    def __init__(self, node: Node, record: Record) -> None:
        self.node, self.record = node, record
        self.nudge: tuple[str, tuple[int, ...], float] | None = None
        """ "input" or "output", a place in it, and what is added there: for finite differences."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        return self.node.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        x = self._nudged("input", x)
        y = self._nudged("output", self.node.forward(x, ctx))
        self.record.x, self.record.y = x.copy(), y.copy()
        if type(self.record.layer) is Dropout:
            self.record.scale = np.array(self.node.backward(np.ones_like(y), ctx))
        return y

    def _nudged(self, side: str, array: Array) -> Array:
        if self.nudge is None or self.nudge[0] != side:
            return array
        _, place, step = self.nudge
        array = array.copy()
        array[place] += step
        return array

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = self.node.backward(dy, ctx)
        self.record.dy, self.record.dx = dy.copy(), None if dx is None else dx.copy()
        return dx


class Recording:
    """A copy of a network, each of whose passes is recorded. The network itself is not changed."""

    def __init__(self, network: Network) -> None:
        self.network = copy.deepcopy(network)
        self.random = copy.deepcopy(self.network.dropout)
        layers = self.network.layers
        for _, chain, index in layers.walk():
            # Gradients are shown of frozen layers too, but batch normalization would compute something else.
            if not isinstance(chain[index], BatchNorm | Container):
                chain[index].trainable = True
        set_nodes(layers, self.network.dtype, fuse=False)
        self.nodes: dict[str, RecordedNode] = {}
        chains: dict[int, tuple[Chain, list[RecordedNode]]] = {}
        for name, chain, index in layers.walk():
            node = self.nodes[name] = RecordedNode(chain.nodes[index], Record(name, chain[index]))
            chains.setdefault(id(chain), (chain, []))[1].append(node)
        for chain, nodes in chains.values():
            chain.nodes = nodes

    def forward(self, x: Array, training: bool) -> tuple[Array, Workspace]:
        """Return the outputs for x, and the workspace for the way back. Each pass draws the same random numbers."""
        network = self.network
        workspace = Workspace(len(network.nodes))
        network.layers.mark_wanted(workspace, needs_input_grad=True)
        workspace.begin(training, copy.deepcopy(self.random))
        workspace.rows = len(x)
        with np.errstate(all="ignore"):
            return network.layers.forward(x, workspace), workspace

    def backward(self, outputs: Array, y: Array, loss: Loss, workspace: Workspace) -> tuple[float, Array, Array]:
        """Return the loss, its gradient at the outputs, and at the input; fill the gradients of all parameters."""
        gradient = np.empty_like(outputs)
        self.network.clear_gradients()
        with np.errstate(all="ignore"):
            value = loss(outputs, y, gradient=gradient)
            dx = self.network.layers.backward(gradient, workspace)
        assert dx is not None
        return value, gradient, dx.copy()
