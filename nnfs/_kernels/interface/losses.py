"""The contract of the kernels of losses; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class LossKernels(Protocol):
    """Kernels of losses with their gradients, and two kernels that read or write a whole vector."""

    def softmax_cross_entropy(self, logits: Array, labels: Array, *, dlogits: Array) -> float:
        """Return the mean over n of -log softmax(logits[n])[labels[n]], and write its gradient to dlogits (N, K).

        labels is (N,) int64 with values in [0, K). dlogits = (softmax(logits) - onehot(labels)) / N.
        """

    def mean_squared_error(self, y: Array, targets: Array, *, dy: Array) -> float:
        """Return the mean over all elements of (y - targets)**2; write dy = 2 (y - targets) / y.size."""

    def all_finite(self, x: Array) -> bool:
        """Return whether the vector x holds neither NaN nor infinity."""

    def fill(self, value: Array, *, out: Array) -> None:
        """Write value[0] to every element of the vector out; value is (1,)."""
