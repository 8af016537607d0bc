"""The layer that scales its input by what layers make of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import ShapeError
from ..system.floating_point import quietly
from .chain import Chain
from .container import Container, as_chain
from .context import Context
from .layer import Layer


class Gate(Container):
    """Multiply the input by what layers make of it: y = x body(x); body(x) is broadcast, so (C, 1, 1) scales channels.

    dx = dy body(x) + (what the sum of dy x over the broadcast axes becomes on its way back through the body).
    Squeeze and excitation (Hu, Shen and Sun, 2018) is::

        Gate([GlobalAvgPool2D(), Reshape((64, 1, 1)), Conv2D(4, 1), ReLU(), Conv2D(64, 1), Sigmoid()])

    Parameters
    ----------
    body : list of Layer
        At least one layer; its output has as many axes as x, each of the size that x has or of size 1.
    """

    def __init__(self, body: Sequence[Layer]) -> None:
        self.body = as_chain(body, "Gate: body")
        if not self.body:
            raise ShapeError("Gate: body must have at least one layer, got []")

    @property
    def chains(self) -> dict[str, Chain]:
        return {"body": self.body}

    def output_shape(self, input_shape: Shape) -> Shape:
        gate = self.body.place(input_shape)[-1]
        fits = len(gate) == len(input_shape)
        if not fits or any(size not in (1, wanted) for size, wanted in zip(gate, input_shape, strict=True)):
            raise ShapeError(f"Gate: body gives {gate}, wanted {input_shape} or sizes of 1 in it; perhaps a Reshape")
        return input_shape

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        gate = self.body.forward(x, self.body.contexts(ctx, "body"))
        y = ctx.empty("y", x.shape, x.dtype)
        np.multiply(x, gate, out=y)
        ctx.save(x=x, gate=gate)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array | None:
        x, gate = ctx.x, ctx.gate
        dx = ctx.empty("dx", x.shape, x.dtype)
        np.multiply(dy, x, out=dx)
        axes = tuple(axis for axis, size in enumerate(gate.shape) if size != x.shape[axis])
        dgate = ctx.empty("dgate", gate.shape, x.dtype)
        np.sum(dx, axis=axes, keepdims=True, out=dgate)
        body = self.body.backward(dgate, self.body.contexts(ctx, "body"))
        if body is None:  # nobody wants it
            return None
        np.multiply(dy, gate, out=dx)
        np.add(dx, body, out=dx)
        return dx
