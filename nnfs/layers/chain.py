"""Layers that run one after the other: those of a network, or of a branch within a layer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NoReturn, Protocol, TypeVar

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape, as_shape, channels_last_hint
from ..errors import DTypeError, ShapeError, UnsupportedError
from .context import Context, Workspace
from .layer import Layer
from .parameter import Parameter

Item = TypeVar("Item")

DEEPEST = 6
"""How many layers may stand within each other, so that whoever walks through them needs little stack."""
MOST = 10_000
"""How many layers a chain may have, all within its layers counted wherever they stand."""


class Node(Protocol):
    """What runs: a layer, or several as one."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters by name."""

    def forward(self, x: Array, ctx: Context) -> Array:
        """See `Layer.forward`."""

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        """See `Layer.backward`."""


class FixedList(list[Item]):
    """A list that is part of a finished network, which would not follow a change of it.

    Parameters
    ----------
    items : sequence
    argument : str
        What errors call the list.
    """

    def __init__(self, items: Sequence[Item], argument: str) -> None:
        super().__init__(items)
        self.argument = argument

    def _fixed(self, *args: Any) -> NoReturn:
        raise UnsupportedError(
            f"the list {self.argument} cannot be changed once it is made, its network would not follow; give all "
            "layers when it is made: nnfs.Sequential([...], input_shape)"
        )

    append = clear = extend = insert = pop = remove = reverse = sort = _fixed  # type: ignore[assignment]
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _fixed

    def __reduce__(self) -> tuple[Any, ...]:
        # A list is copied by appending to an empty one.
        return FixedList, (list(self), self.argument)


class Chain(FixedList[Layer]):
    """Run layers one after the other; none at all give back what comes in.

    Parameters
    ----------
    layers : list or tuple of Layer
        See `nnfs.layers.container.as_chain`, which checks what a user gave.
    argument : str
        What errors call the list.
    within : list of dict
        For each layer the chains that it holds, by name; an empty dict for a layer that holds none.

    Attributes
    ----------
    shapes : list of tuple
        Those before the first layer, between layers and after the last one, once `place` was called.
    nodes : list of Node
        What runs: the layers, or fewer nodes that serve them.

    Raises
    ------
    UnsupportedError
        Where layers stand too deep within each other, or are too many.
    """

    shapes: list[Shape]
    depth: int
    total: int

    def __init__(self, layers: Sequence[Layer], argument: str, within: Sequence[dict[str, Chain]]) -> None:
        super().__init__(layers, argument)
        self.within = within
        inner = [chain for chains in within for chain in chains.values()]
        self.depth = 1 + max((chain.depth for chain in inner), default=0)
        self.total = len(layers) + sum(chain.total for chain in inner)
        if self.depth > DEEPEST:
            raise UnsupportedError(
                f"{argument}: layers stand {self.depth} deep within each other, at most {DEEPEST}; put some of them "
                "one after the other"
            )
        if self.total > MOST:
            raise UnsupportedError(f"{argument} are {self.total} layers, with those within them; at most {MOST}")
        self.nodes = list(layers)

    @property
    def nodes(self) -> Sequence[Node]:
        return self._nodes

    @nodes.setter
    def nodes(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        owners = {id(value): chain[i] for _, chain, i in self.walk() for value in chain[i].parameters.values()}
        self._owners = [list({id(p): owners[id(p)] for p in node.parameters.values()}.values()) for node in nodes]

    def __reduce__(self) -> tuple[Any, ...]:
        # A list is copied by appending to an empty one.
        return Chain, (list(self), self.argument, self.within), vars(self)

    def place(self, input_shape: Shape) -> list[Shape]:
        """Return the shapes before the first layer, between layers and after the last one; remember them."""
        shapes = [input_shape]
        for index, layer in enumerate(self):
            try:
                shapes.append(as_shape(layer.output_shape(shapes[-1]), "an axis of its output"))
            except (ShapeError, DTypeError) as error:
                where = f"layer {index}" if self.argument == "layers" else f"{self.argument}[{index}]"
                so_far = f"{input_shape}" + "".join(
                    f" -> {type(done).__name__} {shape}" for done, shape in zip(self, shapes[1:], strict=False)
                )
                text = f"{where}, {layer!r}: {error}. Shapes so far: {so_far}"
                raise error.reworded(text, layer=index) from None
        self.shapes = shapes
        return shapes

    def walk(self) -> Iterator[tuple[str, Chain, int]]:
        """Yield each layer as (name, chain, index), and those within it behind it: ``0``, ``1``, ``1.body.0``, ..."""
        for index, chains in enumerate(self.within):
            yield str(index), self, index
            for name, chain in chains.items():
                for inner, *place in chain.walk():
                    yield f"{index}.{name}.{inner}", *place  # type: ignore[misc]

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        """Build each layer that is not built yet, in their order."""
        for layer, shape in zip(self, self.place(input_shape), strict=False):
            if layer.has_build and layer.built_for is None:
                layer.build(shape, rng, dtype)
                layer.built_for = shape
        self.nodes = list(self)

    def contexts(self, ctx: Context, name: str) -> Workspace:
        """Return the contexts of the layers, as part of the pass of the layer that they stand in."""
        workspace = ctx.workspace(name, len(self.nodes))
        self.mark_wanted(workspace, ctx.needs_input_grad)
        return workspace

    def mark_wanted(self, workspace: Workspace, needs_input_grad: bool) -> None:
        """Tell each node whether it learns, and whether the gradient of its input is wanted: before it, or outside."""
        for ctx, owners in zip(workspace, self._owners, strict=True):
            ctx.needs_input_grad, ctx.learns = needs_input_grad, False
            for layer in owners:
                if layer.trainable:
                    ctx.learns = needs_input_grad = True
                    break

    @property
    def frozen(self) -> list[str]:
        """The names of all layers that training does not change, those within others too."""
        return [name for name, chain, index in self.walk() if not chain[index].trainable]

    @frozen.setter
    def frozen(self, names: Collection[str]) -> None:
        for name, chain, index in self.walk():  # a layer behind those that hold it
            chain[index].trainable = name not in names

    def learners(self) -> set[Layer]:
        """Return the layers that have parameters, those within others too."""
        return {layer for owners in self._owners for layer in owners}

    def forward(self, x: Array, workspace: Workspace) -> Array:
        """Return the output for x (N, ...)."""
        workspace.recording = None
        for node, ctx in zip(self._nodes, workspace, strict=True):
            x = node.forward(x, ctx)
        return x

    def backward(self, dy: Array, workspace: Workspace) -> Array | None:
        """Add the gradient of every parameter; return that of the input, or None where nobody wants it.

        It ends with the first node that learns, where nobody wants the gradient of that node's input.
        """
        for node, ctx in zip(reversed(self._nodes), reversed(workspace), strict=True):
            if not ctx.needs_input_grad:
                if ctx.learns:
                    node.backward(dy, ctx)
                return None
            gradient = node.backward(dy, ctx)
            assert gradient is not None
            dy = gradient
        return dy

    def multiply_adds(self, input_shape: Shape) -> int:
        """Return the sum of those of all layers."""
        return sum(layer.multiply_adds(shape) for layer, shape in zip(self, self.place(input_shape), strict=False))

    def pass_size(self, input_shape: Shape) -> int:
        """Return how many numbers all layers make in one sample's forward pass."""
        return sum(layer.pass_size(shape) for layer, shape in zip(self, self.place(input_shape), strict=False))

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All parameters by name: ``0.weight``, ``0.bias``, ``3.weight``, ..."""
        return {f"{i}.{name}": value for i, layer in enumerate(self) for name, value in layer.parameters.items()}

    @property
    def trainable_parameters(self) -> dict[str, Parameter]:
        """The parameters that training changes, by name."""
        layers = enumerate(self)
        return {f"{i}.{name}": value for i, layer in layers for name, value in layer.trainable_parameters.items()}

    @property
    def buffers(self) -> dict[str, Array]:
        """All buffers by name: ``1.running_mean``, ..."""
        return {f"{i}.{name}": value for i, layer in enumerate(self) for name, value in layer.buffers.items()}


def place_fresh(layers: Chain, input_shape: Shape) -> list[Shape]:
    """Return the shapes of a new network, see `Chain.place`: its layers must be fresh ones, each for one shape."""
    if not layers:
        raise DTypeError("layers must be a list of at least one layer, got []")
    for name, chain, index in layers.walk():
        if chain[index].built_for is not None:
            raise ValueError(f"layers[{name}], {chain[index]!r}, belongs to another network already; make a new one")
    try:
        shapes = layers.place(input_shape)
    except (ShapeError, DTypeError) as error:
        raise error.reworded(f"{error}{channels_last_hint(input_shape)}") from None
    built_for: dict[int, Shape] = {}
    for name, chain, index in layers.walk():
        layer, shape = chain[index], chain.shapes[index]
        wanted = built_for.setdefault(id(layer), shape)
        if wanted != shape and layer.has_build:
            raise ShapeError(
                f"layer {name}, {layer!r}, stands in the network twice, for samples of shape {wanted} and of shape "
                f"{shape}; make a second one"
            )
    return shapes
