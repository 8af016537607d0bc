"""The residual block."""

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


class Residual(Container):
    """Add what layers make of their input to the input itself: y = body(x) + shortcut(x) (He et al., 2016).

    dx = (what dy becomes on its way back through the body) + (the same for the shortcut).

    Parameters
    ----------
    body : list of Layer
        At least one layer.
    shortcut : list of Layer or None
        Where the body changes the shape: what brings x to the same shape, such as ``[Conv2D(64, 1, stride=2)]``. None
        is x itself.
    """

    def __init__(self, body: Sequence[Layer], shortcut: Sequence[Layer] | None = None) -> None:
        self.body = as_chain(body, "Residual: body")
        if not self.body:
            raise ShapeError("Residual: body must have at least one layer, got []")
        self.shortcut = None if shortcut is None else as_chain(shortcut, "Residual: shortcut")

    @property
    def chains(self) -> dict[str, Chain]:
        return {"body": self.body} | ({} if self.shortcut is None else {"shortcut": self.shortcut})

    def output_shape(self, input_shape: Shape) -> Shape:
        body = self.body.place(input_shape)[-1]
        shortcut = input_shape if self.shortcut is None else self.shortcut.place(input_shape)[-1]
        if body != shortcut:
            what = "the input has" if self.shortcut is None else "shortcut gives"
            fix = "body and shortcut must give one shape"
            if len(body) == len(input_shape) == 3:
                sizes = list(zip(input_shape[1:], body[1:], strict=True))
                strides = tuple(-(-size // out) for size, out in sizes)
                if all(-(-size // stride) == out for (size, out), stride in zip(sizes, strides, strict=True)):
                    fix = f"perhaps shortcut=[Conv2D({body[0]}, 1, stride={strides})]"
                elif all(size >= out for size, out in sizes):  # the border is lost that nothing pads
                    window = tuple(size - out + 1 for size, out in sizes)
                    fix = f'perhaps padding="same" in body, or shortcut=[Conv2D({body[0]}, {window})]'
            elif len(body) == len(input_shape) == 1:
                fix = f"perhaps shortcut=[Dense({body[0]})]"
            raise ShapeError(f"Residual: body gives {body}, but {what} {shortcut}; {fix}")
        return body

    def branches(self, x: Array, ctx: Context) -> tuple[Array, Array]:
        """Return body(x) and shortcut(x)."""
        shortcut = x
        if self.shortcut is not None:
            shortcut = self.shortcut.forward(x, self.shortcut.contexts(ctx, "shortcut"))
        return self.body.forward(x, self.body.contexts(ctx, "body")), shortcut

    @quietly
    def forward(self, x: Array, ctx: Context) -> Array:
        body, shortcut = self.branches(x, ctx)
        y = ctx.empty("y", body.shape, body.dtype)
        np.add(body, shortcut, out=y)
        return y

    @quietly
    def backward(self, dy: Array, ctx: Context) -> Array | None:
        shortcut: Array | None = dy
        if self.shortcut is not None:
            shortcut = self.shortcut.backward(dy, self.shortcut.contexts(ctx, "shortcut"))
        body = self.body.backward(dy, self.body.contexts(ctx, "body"))
        if body is None or shortcut is None:  # nobody wants it
            return None
        dx = ctx.empty("dx", body.shape, body.dtype)
        np.add(body, shortcut, out=dx)
        return dx
