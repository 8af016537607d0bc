"""The contract of the kernels of dense layers; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class DenseKernels(Protocol):
    """Kernels of dense layers, which multiply a batch by the weights."""

    def dense_forward(self, x: Array, weight: Array, bias: Array | None, *, y: Array) -> None:
        """Write y[n, k] = bias[k] + sum over d of x[n, d] * weight[k, d]; weight is (K, D)."""

    def dense_backward_input(self, dy: Array, weight: Array, *, dx: Array) -> None:
        """Write dx[n, d] = sum over k of dy[n, k] * weight[k, d]."""

    def dense_backward_params(self, x: Array, dy: Array, *, dweight: Array, dbias: Array | None) -> None:
        """Add the sum over n of dy[n, k] * x[n, d] to dweight[k, d], and the sum over n of dy[n, k] to dbias[k]."""
