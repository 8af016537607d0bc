"""Branches side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import DTypeError, ShapeError
from ..system.floating_point import quietly
from .chain import Chain, FixedList
from .container import Container, as_chain
from .context import Context
from .layer import Layer


class Concat(Container):
    """Give the input to several branches, and lay their outputs one behind the other along the first axis of a sample.

    y[:, start[k] : start[k + 1]] = branches[k](x): the channels of images, or single features. dx is the sum of what
    each branch makes of its part of dy.

    Parameters
    ----------
    branches : list of lists of Layer
        At least one; an empty one, ``[]``, gives x itself. Their outputs may differ in the first axis only.
    """

    hints: ClassVar = Layer.hints | {"too many": "give the branches as one list of lists: Concat([[...], [...]])"}

    def __init__(self, branches: Sequence[Sequence[Layer]]) -> None:
        if not isinstance(branches, list | tuple):
            raise DTypeError(f"Concat: branches must be a list of lists of layers, got {branches!r}")
        if not branches:
            raise ShapeError("Concat: branches must have at least one branch, got []")
        chains = [as_chain(branch, f"Concat: branches[{index}]") for index, branch in enumerate(branches)]
        self.branches = FixedList(chains, "Concat: branches")

    @property
    def chains(self) -> dict[str, Chain]:
        return {f"branches.{index}": chain for index, chain in enumerate(self.branches)}

    def output_shape(self, input_shape: Shape) -> Shape:
        shapes = [chain.place(input_shape)[-1] for chain in self.branches]
        for index, shape in enumerate(shapes):
            if shape[1:] != shapes[0][1:]:
                raise ShapeError(
                    f"Concat: branches may differ in the first axis only, but branches[0] gives {shapes[0]} and "
                    f"branches[{index}] gives {shape}"
                )
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def forward(self, x: Array, ctx: Context) -> Array:
        outputs = [chain.forward(x, chain.contexts(ctx, name)) for name, chain in self.chains.items()]
        channels = sum(output.shape[1] for output in outputs)
        y = ctx.empty("y", (len(x), channels, *outputs[0].shape[2:]), x.dtype)
        np.concatenate(outputs, axis=1, out=y)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array | None:
        dx = ctx.empty("dx", (len(dy), *self.branches[0].shapes[0]), dy.dtype) if ctx.needs_input_grad else None
        first = 0
        for name, chain in self.chains.items():
            shape = chain.shapes[-1]
            part = ctx.empty(f"dy.{name}", (len(dy), *shape), dy.dtype)
            np.copyto(part, dy[:, first : first + shape[0]])
            gradient = chain.backward(part, chain.contexts(ctx, name))
            if dx is not None and gradient is not None:
                np.add(dx, gradient, out=dx) if first else np.copyto(dx, gradient)
            first += shape[0]
        return dx
