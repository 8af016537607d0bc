"""The contract of the kernels of activations; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class ActivationKernels(Protocol):
    """Kernels of activations, which work on each element alone."""

    def relu_forward(self, x: Array, slope: float, *, y: Array) -> None:
        """Write y = x where x > 0 or x is NaN, else slope x, for an array of any shape, with 0 <= slope <= 1.

        Where slope is 0, which is plain ReLU, y is 0 for x = -infinity too, not NaN.
        """

    def relu_backward(self, dy: Array, y: Array, slope: float, *, dx: Array) -> None:
        """Write dx = dy where y > 0 or y is NaN, else slope dy, or 0 where slope is 0; y is ReLU's output."""

    def gelu_forward(self, x: Array, approximate: bool, *, y: Array) -> None:
        """Write y = x Phi(x) for an array of any shape, Phi the standard normal distribution.

        Phi(x) = erfc(-x / sqrt(2)) / 2, or where ``approximate`` Phi(x) = (1 + tanh u) / 2 = 1 / (1 + exp(-2 u))
        with u = sqrt(2 / pi) (x + 0.044715 x**3).
        """

    def gelu_backward(self, dy: Array, x: Array, approximate: bool, *, dx: Array) -> None:
        """Write dx = dy (Phi(x) + x Phi'(x)), Phi the standard normal distribution as in `gelu_forward`.

        Phi'(x) = exp(-x**2 / 2) / sqrt(2 pi), or where ``approximate`` Phi'(x) = 2 Phi(x) (1 - Phi(x)) du/dx.
        """

    def silu_forward(self, x: Array, *, y: Array) -> None:
        """Write y = x s(x) for an array of any shape, with s(x) = 1 / (1 + exp(-x))."""

    def silu_backward(self, dy: Array, x: Array, *, dx: Array) -> None:
        """Write dx = dy s(x) (1 + x (1 - s(x))), with s(x) = 1 / (1 + exp(-x))."""

    def elu_forward(self, x: Array, alpha: float, *, y: Array) -> None:
        """Write y = x where x > 0 or x is NaN, else alpha (exp(x) - 1), for an array of any shape."""

    def elu_backward(self, dy: Array, y: Array, alpha: float, *, dx: Array) -> None:
        """Write dx = dy where y > 0 or y is NaN, else dy (y + alpha); y is the output of ELU."""

    def softplus_forward(self, x: Array, beta: float, *, y: Array) -> None:
        """Write y = max(x, 0) + log(1 + exp(-|beta x|)) / beta for an array of any shape."""

    def softplus_backward(self, dy: Array, x: Array, beta: float, *, dx: Array) -> None:
        """Write dx = dy s(beta x), with s(v) = 1 / (1 + exp(-v))."""
