"""Replay: the kernel calls of a pass are recorded once, then made again without the Python of the layers between them.

The second pass in a row over batches of one shape is recorded: which kernels it called, with which arguments. Later
passes of this shape make these calls again, from C, with the new batch and new random numbers in the places of the
recorded ones. All other arguments are parameters and buffers, which stay where they are. See `recording`.

Only a pass whose nodes are all `REPLAYABLE` is recorded. It is replayed while all that its layers read beside the
numbers in arrays is what it was, see `_facts`. Every other pass runs as the layers are written. A replayed pass leaves
in its contexts what a plain one leaves there: nothing that reads them can tell the two apart.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .. import layers
from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import BackendError
from ..layers.chain import Chain, Node
from ..layers.context import Workspace
from . import batchnorm_nodes, fusion
from .recording import (
    CALLED,
    MOST_DRAWS,
    Call,
    Draws,
    Fact,
    Recording,
    chains_within,
    compiled,
    every_node,
    noted_calls,
    served,
)

METHODS = ("forward", "backward", "run", "run_backward", "apply", "apply_backward", "convolve", "run_folded", "fold")
"""What a pass runs of a node."""

REPLAYABLE: dict[type, list[tuple[type, str, Any]]] = {
    node: [(node, name, getattr(node, name)) for name in METHODS if hasattr(node, name)]
    for node in (
        *(layers.Dense, layers.Conv2D, layers.MaxPool2D, layers.AvgPool2D, layers.Padding2D, layers.LayerNorm),
        *(layers.Conv1D, layers.MaxPool1D, layers.AvgPool1D),
        *(layers.ReLU, layers.LeakyReLU, layers.ELU, layers.GELU, layers.SiLU, layers.Softplus),
        *(layers.Flatten, layers.Reshape, layers.Dropout, *CALLED),
        *(fusion.DenseReLU, fusion.ConvolutionReLU, fusion.ConvolutionReLUPool),
        *(batchnorm_nodes.BatchNormReLU, batchnorm_nodes.ConvolutionBatchNormReLU),
        *(fusion.SignalConvolutionReLU, fusion.SignalConvolutionReLUPool),
        *(batchnorm_nodes.SignalBatchNormReLU, batchnorm_nodes.SignalConvolutionBatchNormReLU),
    )
}
"""The nodes that find buffers and call kernels, or are `CALLED` themselves, with their methods as they are written."""

MOST_BYTES = 2**20
"""How large a recorded batch may be: it is copied once, and beside the kernels of a larger one Python takes no time."""


def why_not() -> str | None:
    """Return why no pass may be replayed: NNFS_REPLAY=0 in the environment, or nothing was compiled; else None."""
    wanted = os.environ.get("NNFS_REPLAY", "")
    if wanted not in ("", "0", "1"):
        text = f"NNFS_REPLAY is {wanted!r}; it must be '0' or '1'"
        raise BackendError(text)
    if wanted == "0":
        return "NNFS_REPLAY=0"
    return "nothing was compiled" if compiled() is None else None


def is_enabled() -> bool:
    """Return whether passes may be replayed."""
    return why_not() is None


def is_replayable(node: Node) -> bool:
    """Return whether a node is of a replayable type, not a subclass, and nobody has replaced a method of the type.

    Nodes within it are its own affair, but must not draw random numbers: those of a replayed pass are drawn before it.
    """
    methods = REPLAYABLE.get(type(node))
    if methods is None or not all(getattr(owner, name) is method for owner, name, method in methods):
        return False
    within = [inner for chain in chains_within(node) for inner in chain.nodes]
    return all(is_replayable(inner) and type(inner) is not layers.Dropout for inner in within)


class Replay:
    """Run the passes of one workspace: plain, recorded or replayed.

    Two recordings are kept: of batches of one size, and of smaller ones, such as the last batch of each epoch. The
    second batch in a row of one kind, which is its shape and whether it is one of training, is recorded; larger and
    smaller batches are counted apart.

    Attributes
    ----------
    recording, smaller : Recording or None
        The pass over the larger batches that was recorded last, and the one over smaller batches.
    """

    def __init__(self) -> None:
        self.recording: Recording | None = None
        self.smaller: Recording | None = None
        self._latest: list[tuple[Shape, bool] | None] = [None, None]

    def of(self, kind: tuple[Shape, bool]) -> Recording | None:
        """Return the recorded pass over batches of a kind, or None."""
        if self.recording is not None and self.recording.kind == kind:
            return self.recording
        return self.smaller if self.smaller is not None and self.smaller.kind == kind else None

    def is_second(self, kind: tuple[Shape, bool]) -> bool:
        """Return whether the last batch, of those that are larger or smaller as this one is, was of this kind too."""
        is_smaller = self._is_smaller(kind)
        before, self._latest[is_smaller] = self._latest[is_smaller], kind
        return before == kind

    def expect(self, kind: tuple[Shape, bool]) -> None:
        """Let the next pass over a batch of this kind be recorded, since more of them will follow."""
        self._latest[self._is_smaller(kind)] = kind

    def _is_smaller(self, kind: tuple[Shape, bool]) -> bool:
        return self.recording is not None and kind[0][0] < self.recording.rows

    def forward(self, chain: Chain, x: Array, workspace: Workspace, training: bool, rng: np.random.Generator) -> Array:
        """Return the output for a batch x that was checked; random numbers come from ``rng``."""
        kind = (x.shape, training)
        recording = self.of(kind)
        if recording is not None and recording.fits(chain):
            return self._play(recording, x, workspace, rng)
        if self.recording is not None and len(x) > self.recording.rows:
            self.recording = self.smaller = None  # the workspace has larger buffers now
        is_second = self.is_second(kind)
        workspace.begin(training, rng)
        chain.mark_wanted(workspace, workspace[0].needs_input_grad)
        if is_second and 0 < x.nbytes <= MOST_BYTES and all(map(is_replayable, chain.nodes)):
            with noted_calls(chain.nodes) as calls:
                if calls is not None:
                    return self._record(calls, chain, x, workspace, rng)
        return chain.forward(x, workspace)

    def forward_compiled(
        self, chain: Chain, x: Array, workspace: Workspace, training: bool, rng: np.random.Generator
    ) -> Array | None:
        """Return the output where the pass is replayed and NumPy, which may warn, computes nothing; else None."""
        recording = self.of((x.shape, training))
        if recording is None or not recording.forward.is_compiled:
            return None
        return self._play(recording, x, workspace, rng) if recording.fits(chain) else None

    def backward(self, chain: Chain, dy: Array, workspace: Workspace) -> Array | None:
        """Add the gradients of all parameters, given a checked one of the output; return that of the input, or None."""
        recording: Recording | None = workspace.recording
        if recording is None or not recording.fits(chain):
            return chain.backward(dy, workspace)
        if recording.backward is not None:
            return recording.backward.play([*recording.sources, dy])
        if recording.is_new:
            with noted_calls(chain.nodes) as calls:
                if calls is not None:
                    dy = dy.copy()
                    dx = chain.backward(dy, workspace)
                    recording.add_backward(calls, dx, dy)
                    return dx
        return chain.backward(dy, workspace)

    def _record(
        self, calls: list[Call], chain: Chain, x: Array, workspace: Workspace, rng: np.random.Generator
    ) -> Array:
        """Run a plain pass forward, and record it.

        The batch is copied, so that an array which lies in its memory is the batch, or a view of all of it.
        """
        x, draws = x.copy(), Draws(rng)
        for ctx in workspace:
            ctx.rng = draws  # type: ignore[assignment]
        y = chain.forward(x, workspace)
        for ctx in workspace:
            ctx.rng = rng
        if len(draws.numbers) <= MOST_DRAWS:
            facts = _facts(chain, workspace)
            workspace.recording = recording = Recording(calls, x, y, draws, chain, workspace, facts)
            setattr(self, "smaller" if self._is_smaller(recording.kind) else "recording", recording)
        return y

    def _play(self, recording: Recording, x: Array, workspace: Workspace, rng: np.random.Generator) -> Array:
        recording.enter(workspace, rng)
        self.is_second(recording.kind)
        recording.sources = [x, *recording.draw(rng)]
        y: Array = recording.forward.play(recording.sources)
        return y


def _facts(chain: Chain, workspace: Workspace) -> list[Fact]:
    """Return what nodes read in a pass beside arrays, and where arrays are, as (owner, attribute, value)."""
    nodes = list(every_node(chain.nodes))
    facts: list[Fact] = [fact for node in set(map(type, nodes)) for fact in REPLAYABLE[node]]
    facts += [(within, "_nodes", within.nodes) for node in nodes for within in chains_within(node)]
    facts += [(layer, "trainable", layer.trainable) for layer in chain.learners()]
    facts += [(ctx, "needs_input_grad", ctx.needs_input_grad) for ctx in workspace]
    for parameter in {value for node in nodes for value in node.parameters.values()}:
        facts += [(parameter, slot, getattr(parameter, slot)) for slot in ("_value", "_grad")]
    for node in nodes:
        for layer in served(node):
            facts += [(layer, name, getattr(layer, name)) for name in layer.numbers]
            facts += [(vars(layer), name, array) for name, array in layer.buffers.items() if name in vars(layer)]
    return facts
