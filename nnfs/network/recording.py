"""Recordings of passes: which kernels were called, with which arguments, and what must hold for them to be right again.

A kernel of the compiled backend is recorded with the struct of its arguments, and so runs again without Python; any
other function is called again, see `nnfs._kernels.machine.replay`.
"""

from __future__ import annotations

from _thread import get_ident  # threading would take a twentieth of the time of `import nnfs`
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import BuiltinFunctionType
from typing import Any, NamedTuple

import numpy as np

from .. import layers
from .._kernels import extensions, kernels
from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..layers.chain import Chain, Node
from ..layers.container import Container
from ..layers.context import Context, Workspace
from ..system.floating_point import loud
from . import fusion

CALLED: dict[type, tuple[str, ...]] = {
    **dict.fromkeys((layers.Tanh, layers.Sigmoid, layers.Mish, layers.Softsign), ("apply", "apply_backward")),
    **dict.fromkeys((layers.Clip, layers.HardSigmoid, layers.HardSwish), ("apply", "apply_backward")),
    **dict.fromkeys((layers.BatchNorm, layers.GroupNorm, layers.Normalization), ("forward", "backward")),
    **dict.fromkeys((layers.Softmax, layers.LogSoftmax), ("forward", "backward")),
    **dict.fromkeys((layers.Residual, layers.Concat), ("forward", "backward")),
    fusion.ResidualReLU: ("backward",),  # forward calls kernels only, as the nodes within it do
    **dict.fromkeys((layers.GlobalAvgPool1D, layers.GlobalMaxPool1D), ("forward", "backward")),
    **dict.fromkeys((layers.GlobalAvgPool2D, layers.GlobalMaxPool2D, layers.Upsample2D), ("forward", "backward")),
    **dict.fromkeys((layers.ConvTranspose2D, layers.Gate, layers.Permute), ("forward", "backward")),
}
"""The nodes that compute with NumPy or hold layers, and their methods that are called as if they were kernels.

What a method returns lies in a buffer of its context, the same in each pass, or is what it was given.
"""

KERNELS = vars(kernels)
"""The kernels of the backend in use by name."""
OWN = frozenset(vars(Context()))
"""The attributes of a context that no layer has left there."""

MOST_DRAWS = 32
"""How many random numbers a recorded pass may draw."""
LEAST_DRAW = 2**40
"""A smaller random number is not looked for among the arguments of a kernel: it could be a size."""

Fact = tuple[Any, str, Any]
"""(owner, name, value): the attribute of the owner, or the item of a dict, that must still be this very object."""

_noting: dict[str, Any] = {}
"""The ``thread`` that notes ``calls``, and those that it is ``within``. A thread that was interrupted as it began to
has it again; a lock would be lost."""


@cache
def compiled() -> Any:
    """Return the extension that records compiled kernels and plays what was recorded; None where none was compiled."""
    try:
        return extensions.load("machine.replay")
    except ImportError:
        return None


class Call(NamedTuple):
    """One call of a kernel, by its name, or of another function.

    ``keywords`` are the names of the last arguments; ``bound`` is the compiled kernel with its arguments, or None;
    ``called`` is the function itself.
    """

    function: str | Callable[..., Any]
    arguments: list[Any]
    keywords: tuple[str, ...]
    bound: Any
    called: Callable[..., Any]


class Place(NamedTuple):
    """A place, in a list or a dict, where each pass puts its source ``number``, in ``shape`` where that is not None."""

    holder: Any
    key: Any
    number: int
    shape: Shape | None


def tape_of(calls: Sequence[Call], sources: Sequence[Any], left: Sequence[Place] = ()) -> tuple[Any, bool]:
    """Return a tape of calls, and whether all of them are compiled kernels.

    Parameters
    ----------
    calls : list of Call
        The calls in their order.
    sources : list of ndarray or int
        What is new in each pass: batches, random numbers, gradients. They are found where they stand among arguments.
    left : list of Place
        Where the tape puts sources beside.
    """
    played, places, words = [], [], []
    for call in calls:
        found = list(_places(call.arguments, sources))
        spots = [(place.number, _words(call.bound, sources[place.number])) for place in found]
        if call.bound is not None and all(where for _, where in spots):
            words += [(call.bound, word, number) for number, where in spots for word in where]
        else:
            call = call._replace(bound=None)
            places += found
        played.append(call)
    return compiled().Tape(KERNELS, played, places, list(left), words), all(call.bound is not None for call in played)


def _words(bound: Any, source: Any) -> list[int]:
    """Return the places of a source among the arguments of a bound kernel: its address, or its value."""
    value = source.ctypes.data if isinstance(source, np.ndarray) else source
    return [] if bound is None or value < LEAST_DRAW else bound.words(value)


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

    Attributes
    ----------
    is_compiled : bool
        Whether all calls are compiled kernels.
    gives_sources : bool
        Whether the result is a source itself.
    """

    def __init__(
        self, calls: list[Call], result: Array | None, sources: list[Any], contexts: Sequence[dict[str, Any]] = ()
    ) -> None:
        self.calls, self.result = calls, [result]
        self.left = [place for holder in (*contexts, self.result) for place in _places(holder, sources)]
        self.gives_sources = any(place.holder is self.result for place in self.left)
        self.tape, self.is_compiled = tape_of(calls, sources, self.left)

    def play(self, sources: list[Any]) -> Any:
        """Make all calls again, with these sources, and return the result."""
        self.tape.play(sources)
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
    contexts : list of Context
        All contexts of the workspace, those within others too.
    kept : list of dict
        For each context, what the pass leaves there beside sources.
    is_new : bool
        Whether the pass was recorded and not yet replayed: its backward half may be recorded.
    """

    backward: Half | None = None
    is_new = True

    def __init__(
        self,
        calls: list[Call],
        x: Array,
        y: Array,
        draws: Draws,
        chain: Chain,
        workspace: Workspace,
        facts: list[Fact],
    ) -> None:
        self.kind, self.rows = (x.shape, workspace[0].training), len(x)
        self.sources, self.draws = [x, *draws.numbers], draws.arguments
        self._holds = compiled().holds
        self.nodes, self.facts = list(chain.nodes), facts + kernels_of(calls)
        self.contexts = list(workspace.walk())
        contexts = [vars(ctx) for ctx in self.contexts]
        self.forward = Half(calls, y, self.sources, contexts)
        replaced = {(id(place.holder), place.key) for place in self.forward.left}
        self.kept = [
            {name: value for name, value in ctx.items() if name not in OWN and (id(ctx), name) not in replaced}
            for ctx in contexts
        ]

    def add_backward(self, calls: list[Call], dx: Array | None, dy: Array) -> None:
        """Hold the way back too."""
        self.facts += kernels_of(calls)
        self.backward = Half(calls, dx, [*self.sources, dy])

    def fits(self, chain: Chain) -> bool:
        """Return whether the layers would make the recorded calls again."""
        return bool(chain.nodes == self.nodes and self._holds(self.facts))

    def enter(self, workspace: Workspace, rng: np.random.Generator) -> None:
        """Leave in a workspace what the recorded pass leaves there, where another pass was made in between."""
        self.is_new = False
        if workspace.recording is self and workspace[0].rng is rng:
            return
        workspace.begin(self.kind[1], rng)
        for ctx, kept in zip(self.contexts, self.kept, strict=True):
            vars(ctx).update(kept)
        workspace.recording = self

    def draw(self, rng: np.random.Generator) -> list[int]:
        """Return new random numbers for one pass."""
        if not self.draws:
            return []
        if _is_plain(rng) and all(how == (2**64, np.uint64) for how in self.draws):
            return [rng.bit_generator.random_raw() for _ in self.draws]
        return [int(rng.integers(high, dtype=dtype)) for high, dtype in self.draws]


def _is_plain(rng: np.random.Generator) -> bool:
    """Return whether a generator draws numbers below 2**64 straight from PCG64, which takes a fifth of the time."""
    return type(rng) is np.random.Generator and type(rng.bit_generator) is np.random.PCG64 and _draws_are_raw()


@cache
def _draws_are_raw() -> bool:
    """Return whether this version of NumPy takes such numbers as PCG64 gives them."""
    rng, raw = np.random.Generator(np.random.PCG64(0)), np.random.PCG64(0)
    return all(int(rng.integers(2**64, dtype=np.uint64)) == raw.random_raw() for _ in range(8))


def rehearse(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Return the one compiled kernel that a function would run, bound to its arguments; None where it is not just one.

    The function is called, and its kernels are not run.
    """
    if not _may_note():
        return None
    try:
        with compiled().Caught(rehearsal=True) as caught:
            function(*arguments, **named)
    finally:
        _noting.clear()
    return caught[0] if len(caught) == 1 else None


def kernels_of(calls: Sequence[Call]) -> list[Fact]:
    """Return that bound kernels are those in use: the backend may change. Others are looked up at each call."""
    called = {call.function: call.called for call in calls if isinstance(call.function, str) and call.bound is not None}
    return [(KERNELS, name, kernel) for name, kernel in called.items()]


def _places(holder: Any, sources: Sequence[Any]) -> Iterator[Place]:
    """Yield the places in a list or dict where a source stands, or a view of one."""
    for key, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
        for number, source in enumerate(sources):
            if value is source:
                yield Place(holder, key, number, None)
            elif type(value) is type(source) is np.ndarray and np.may_share_memory(value, source):
                assert value.size == source.size, "no replayable layer takes a part of what it is given"
                yield Place(holder, key, number, value.shape)


def served(node: Node) -> Sequence[Any]:
    """Return the layers that a node serves: itself, if it is one."""
    # A layer has no attribute ``layers``, and would look for names like it, which takes as long as many steps.
    found: Sequence[Any] = (node,) if isinstance(node, layers.Layer) else getattr(node, "layers", (node,))
    return found


def every_node(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield nodes, and behind each one those within it, unless its forward half is called as a whole."""
    for node in nodes:
        yield node
        if "forward" not in CALLED.get(type(node), ()):
            for chain in chains_within(node):
                yield from every_node(chain.nodes)


def chains_within(node: Node) -> list[Chain]:
    """Return the chains that the layers of a node hold."""
    return [chain for layer in served(node) if isinstance(layer, Container) for chain in layer.chains.values()]


@contextmanager
def noted_calls(nodes: Sequence[Node]) -> Iterator[list[Call] | None]:
    """Note the calls of kernels and of methods in `CALLED` that this thread makes; None where another thread notes."""
    if not _may_note():
        yield None
        return
    calls: list[Call] = []
    _noting.update(calls=calls, within=[])
    # One that is noted still was left so by an exception as the noting ended.
    before = {name: getattr(kernel, "noted", kernel) for name, kernel in KERNELS.items()}
    # A node may stand there twice.
    methods = {(node, name) for node in every_node(nodes) for name in CALLED.get(type(node), ())}
    try:
        KERNELS.update({name: _noted_kernel(kernel, name) for name, kernel in before.items()})
        for node, name in methods:
            method = loud(getattr(node, name))
            vars(node)[name] = _noted(method, method)
        yield calls
    finally:
        KERNELS.update(before)
        for node, name in methods:
            vars(node).pop(name, None)
        _noting.clear()


def _may_note() -> bool:
    """Return whether this thread notes calls from now on: no other one does."""
    return _noting.setdefault("thread", get_ident()) == get_ident()


@cache
def _noted_kernel(kernel: Callable[..., Any], name: str) -> Callable[..., Any]:
    return _noted(kernel, name)


def _noted(function: Callable[..., Any], called: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls another one and notes it: in the thread that notes, and not within a noted one."""

    def call(*arguments: Any, **named: Any) -> Any:
        if _noting.get("thread") != get_ident() or _noting.get("within", True):
            return function(*arguments, **named)
        _noting["within"].append(function)
        try:
            with compiled().Caught() as caught:
                result = function(*arguments, **named)
        finally:
            _noting["within"].pop()
        bound = caught[0] if isinstance(function, BuiltinFunctionType) and len(caught) == 1 else None
        _noting["calls"].append(Call(called, [*arguments, *named.values()], tuple(named), bound, function))
        return result

    call.noted = function  # type: ignore[attr-defined]
    return call
