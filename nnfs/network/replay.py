"""Replay: the kernel calls of a pass are recorded once, then made again without the Python of the layers between them.

The second pass in a row over batches of one shape is recorded: which kernels it called, with which arguments. Later
passes of this shape make these calls again, from C, with the new batch and new random numbers in the places of the
recorded ones. All other arguments are parameters and buffers, which stay where they are.

Only a pass whose nodes are all `REPLAYABLE` is recorded. It is replayed while all that its layers read beside the
numbers in arrays is what it was, see `_facts`. Every other pass runs as the layers are written. A replayed pass leaves
in its contexts what a plain one leaves there: nothing that reads them can tell the two apart.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, get_ident  # threading would take a twentieth of the time of `import nnfs`
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .. import layers
from .._kernels import extensions, kernels
from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import BackendError
from ..layers.chain import Chain, Node
from ..layers.context import Context, Workspace
from ..system.floating_point import loud
from . import fusion

FORMULAS = (layers.Tanh, layers.Sigmoid)
"""Activations whose two formulas, written in NumPy, are called as if they were kernels."""

METHODS = ("forward", "backward", "run", "run_backward", "apply", "apply_backward")
"""What a pass runs of a node."""

REPLAYABLE: dict[type, list[tuple[type, str, Any]]] = {
    node: [(node, name, getattr(node, name)) for name in METHODS if hasattr(node, name)]
    for node in (
        *(layers.Dense, layers.Conv2D, layers.MaxPool2D, layers.AvgPool2D, layers.Padding2D, layers.LayerNorm),
        *(layers.ReLU, layers.LeakyReLU, layers.ELU, layers.GELU, layers.SiLU, layers.Softplus),
        *(layers.Flatten, layers.Reshape, layers.Dropout, *FORMULAS),
        *(fusion.DenseReLU, fusion.ConvolutionReLU, fusion.ConvolutionReLUPool),
    )
}
"""The nodes that do nothing in a pass but find buffers and call kernels, with their methods as they are written."""

KERNELS = vars(kernels)
"""The kernels of the backend in use by name: replayed calls follow a change of the backend."""
OWN = frozenset(vars(Context()))
"""The attributes of a context that no layer has left there."""

MOST_BYTES = 2**20
"""How large a recorded batch may be: it is copied once, and beside the kernels of a larger one Python takes no time."""

_noting = allocate_lock()


@cache
def compiled() -> Any:
    """Return the extension that holds what was recorded against what is, and plays it; None where none was compiled."""
    try:
        return extensions.load("machine.replay")
    except ImportError:
        return None


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
    """Return whether a node is of a replayable type, not a subclass, and nobody has replaced a method of the type."""
    methods = REPLAYABLE.get(type(node))
    return methods is not None and all(getattr(owner, name) is method for owner, name, method in methods)


class Call(NamedTuple):
    """One call of a kernel, by its name, or of another function; ``keywords`` are the names of the last arguments."""

    function: str | Callable[..., Any]
    arguments: list[Any]
    keywords: tuple[str, ...]


class Place(NamedTuple):
    """A place, in a list or a dict, where each pass puts its source ``number``, in ``shape`` where that is not None."""

    holder: Any
    key: Any
    number: int
    shape: Shape | None


class Half:
    """Hold the kernel calls of one half of a pass, forward or backward.

    Parameters
    ----------
    calls : list of Call
        The calls in their order.
    result : ndarray or None
        What the half returned.
    sources : list
        What is new in each pass: the batch, the random numbers and, backward, the gradient of the output.
    contexts : list of dict
        The attributes of contexts where the half has left sources.
    """

    def __init__(
        self, calls: list[Call], result: Array | None, sources: list[Any], contexts: Sequence[dict[str, Any]] = ()
    ) -> None:
        self._play, self.calls, self.result = compiled().play, calls, [result]
        holders = [*(call.arguments for call in calls), *contexts, self.result]
        self.places = [place for holder in holders for place in _places(holder, sources)]

    def play(self, sources: list[Any]) -> Any:
        """Make all calls again, with these sources, and return the result."""
        self._play(KERNELS, self.calls, self.places, sources)
        return self.result[0]


class Draws:
    """Draw random numbers from a generator for one pass, and remember how they were drawn."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.numbers: list[int] = []
        self.arguments: list[tuple[int, Any]] = []

    def integers(self, high: int, *, dtype: Any) -> int:
        """Return a number below ``high``: an object of its own, by which it is found among the arguments of kernels."""
        self.numbers.append(int(self.rng.integers(high, dtype=dtype)))
        self.arguments.append((high, dtype))
        return self.numbers[-1]


class Recording:
    """Hold one pass: its two halves, and all that must be as it was for the pass to be replayed.

    Attributes
    ----------
    kind : (tuple, bool)
        The shape of the batch, and whether the pass is part of training.
    sources : list
        The batch and the random numbers of the last pass.
    kept : list of dict
        For each context, what the pass leaves there beside sources.
    is_new : bool
        Whether the pass was recorded and not yet replayed: its backward half may be recorded.
    """

    backward: Half | None = None
    is_new = True

    def __init__(self, calls: list[Call], x: Array, y: Array, draws: Draws, chain: Chain, workspace: Workspace) -> None:
        self.kind, self.rows = (x.shape, workspace[0].training), len(x)
        self.sources, self.draws = [x, *draws.numbers], draws.arguments
        self._holds = compiled().holds
        self.nodes, self.facts = list(chain.nodes), _facts(chain.nodes, workspace)
        contexts = [vars(ctx) for ctx in workspace]
        self.forward = Half(calls, y, self.sources, contexts)
        replaced = {(id(place.holder), place.key) for place in self.forward.places}
        self.kept = [
            {name: value for name, value in ctx.items() if name not in OWN and (id(ctx), name) not in replaced}
            for ctx in contexts
        ]

    def fits(self, chain: Chain) -> bool:
        """Return whether the layers would make the recorded calls again."""
        return bool(chain.nodes == self.nodes and self._holds(self.facts))


class Replay:
    """Run the passes of one workspace: plain, recorded or replayed.

    One recording is kept. The last batch of an epoch, which is smaller, runs plainly and leaves the recording as it is.
    """

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._latest: tuple[Shape, bool] | None = None

    def forward(self, chain: Chain, x: Array, workspace: Workspace, training: bool, rng: np.random.Generator) -> Array:
        """Return the output for a batch x that was checked; random numbers come from ``rng``."""
        recording, kind = self._recording, (x.shape, training)
        if recording is not None and recording.kind == kind and recording.fits(chain):
            return self._play(recording, x, workspace, rng)
        if recording is not None and len(x) > recording.rows:
            self._recording = None  # the workspace has larger buffers now
        is_second, self._latest = kind == self._latest, kind
        workspace.begin(training, rng)
        if is_second and 0 < x.nbytes <= MOST_BYTES and all(map(is_replayable, chain.nodes)):
            with _noted_calls(chain.nodes) as calls:
                if calls is not None:
                    return self._record(calls, chain, x, workspace, rng)
        return chain.forward(x, workspace)

    def backward(self, chain: Chain, dy: Array, workspace: Workspace) -> Array | None:
        """Add the gradients of all parameters, given a checked one of the output; return that of the input, or None."""
        recording: Recording | None = workspace.recording
        if recording is None or not recording.fits(chain):
            return chain.backward(dy, workspace)
        if recording.backward is not None:
            return recording.backward.play([*recording.sources, dy])
        if recording.is_new:
            with _noted_calls(chain.nodes) as calls:
                if calls is not None:
                    dy = dy.copy()
                    dx = chain.backward(dy, workspace)
                    recording.backward = Half(calls, dx, [*recording.sources, dy])
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
        workspace.recording = self._recording = Recording(calls, x, y, draws, chain, workspace)
        return y

    def _play(self, recording: Recording, x: Array, workspace: Workspace, rng: np.random.Generator) -> Array:
        if workspace.recording is not recording or workspace[0].rng is not rng:  # another pass was made in between
            workspace.begin(recording.kind[1], rng)
            for ctx, kept in zip(workspace, recording.kept, strict=True):
                vars(ctx).update(kept)
            workspace.recording = recording
        recording.is_new, self._latest = False, recording.kind
        sources: list[Any] = [x]
        for high, dtype in recording.draws:
            sources.append(int(rng.integers(high, dtype=dtype)))
        recording.sources = sources
        y: Array = recording.forward.play(sources)
        return y


def _facts(nodes: Sequence[Node], workspace: Workspace) -> list[tuple[Any, str, Any]]:
    """Return what nodes read in a pass beside arrays, and where arrays are, as (owner, attribute, value)."""
    facts: list[tuple[Any, str, Any]] = [fact for node in set(map(type, nodes)) for fact in REPLAYABLE[node]]
    facts += [(ctx, "needs_input_grad", ctx.needs_input_grad) for ctx in workspace]
    for node in nodes:
        for parameter in node.parameters.values():
            facts += [(parameter, slot, getattr(parameter, slot)) for slot in ("_value", "_grad")]
        served: Sequence[Any] = getattr(node, "layers", (node,))
        for layer in served:
            facts += [(layer, name, getattr(layer, name)) for name in layer.numbers]
    return facts


def _places(holder: Any, sources: Sequence[Any]) -> Iterator[Place]:
    """Yield the places in a list or dict where a source stands, or a view of one."""
    for key, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
        for number, source in enumerate(sources):
            if value is source:
                yield Place(holder, key, number, None)
            elif type(value) is type(source) is np.ndarray and np.may_share_memory(value, source):
                assert value.size == source.size, "no replayable layer takes a part of what it is given"
                yield Place(holder, key, number, value.shape)


@contextmanager
def _noted_calls(nodes: Sequence[Node]) -> Iterator[list[Call] | None]:
    """Note the calls of kernels and `FORMULAS` that this thread makes in the block; None where another thread notes."""
    if not _noting.acquire(blocking=False):
        yield None
        return
    calls: list[Call] = []
    before = dict(KERNELS)
    activations = {node for node in nodes if isinstance(node, FORMULAS)}  # one may stand in a network twice
    try:
        KERNELS.update({name: _noted(kernel, name, calls) for name, kernel in before.items()})
        for node in activations:
            for name in ("apply", "apply_backward"):
                formula = loud(getattr(node, name))
                vars(node)[name] = _noted(formula, formula, calls)
        yield calls
    finally:
        KERNELS.update(before)
        for node in activations:
            for name in ("apply", "apply_backward"):
                vars(node).pop(name, None)
        _noting.release()


def _noted(function: Callable[..., Any], called: str | Callable[..., Any], calls: list[Call]) -> Callable[..., Any]:
    """Return a function that calls another one and, in this thread, notes it: others may compute at the same time."""
    thread = get_ident()

    def call(*arguments: Any, **named: Any) -> Any:
        if get_ident() == thread:
            calls.append(Call(called, [*arguments, *named.values()], tuple(named)))
        return function(*arguments, **named)

    return call
