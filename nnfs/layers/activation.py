"""What activations share: one function, applied to every number."""

from __future__ import annotations

from .._kernels.interface import Array
from .context import Context
from .layer import Layer


class Activation(Layer):
    """Apply one function to every number, whatever the shape: y = f(x), and dx = dy f'(x).

    A subclass writes both formulas into arrays that are there: `apply` and `apply_backward`.
    """

    def apply(self, x: Array, *, y: Array) -> None:
        """Write y = f(x)."""
        raise NotImplementedError(f"{type(self).__name__} has no apply; write def apply(self, x, *, y)")

    def apply_backward(self, dy: Array, x: Array, y: Array, *, dx: Array) -> None:
        """Write dx = dy f'(x), where y = f(x)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no apply_backward; write def apply_backward(self, dy, x, y, *, dx)"
        )

    def forward(self, x: Array, ctx: Context) -> Array:
        y = ctx.empty("y", x.shape, x.dtype)
        self.apply(x, y=y)
        ctx.x, ctx.y = x, y
        return y

    def backward(self, dy: Array, ctx: Context) -> Array:
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        self.apply_backward(dy, ctx.x, ctx.y, dx=dx)
        return dx
