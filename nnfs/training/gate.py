"""The gate of training and evaluation: each batch is checked here before a kernel, which checks nothing, reads it."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import as_array, as_batch, check_finite, check_same_length, check_weights
from ..errors import ShapeError
from ..losses import Loss
from ..network.network import Network
from ..system.floating_point import quietly

Batch: TypeAlias = tuple[Array, Array, Array | None]
"""x (B, *input_shape), its targets, and the weight of each sample (B,) or None."""
ROW = re.compile(r"\b(x|y|sample_weight)\[(\d+)")
"""How errors of `Gate` name a row of a batch, which need not be that row of the arrays that the batch is taken from."""


class Gate:
    """Check batches: only samples that fit a network and a loss get through.

    Parameters
    ----------
    network : Network
        Whose shapes, type and `Facts` samples must fit.
    loss : Loss
        Which targets must fit.
    """

    def __init__(self, network: Network, loss: Loss) -> None:
        self.input_shape, self.output_shape, self.dtype = network.input_shape, network.output_shape, network.dtype
        self.loss, self.facts = loss, network.facts

    def check(self, x: Any, y: Any, weights: Any = None, which: str = "") -> Batch:
        """Return x, y and weights as the network needs them; raise ShapeError, DTypeError or ValueError.

        ``which`` stands before the names x and y in errors.
        """
        x = self.facts.prepared(x, self.dtype)
        self.facts.check_input(x, f"{which}x", self.dtype)
        x = as_batch(x, self.input_shape, self.dtype, f"{which}x")
        y = self.check_targets(y, f"{which}y")
        check_same_length(x, y, f"{which}x", f"{which}y")
        if weights is not None:
            weights = self._check_weights(weights, len(x), f"{which}sample_weight")
        return x, y, weights

    def check_targets(self, y: Any, argument: str) -> Array:
        """Return targets as the loss needs them, see `Loss.check_targets`."""
        self.facts.check_targets(y, argument)
        return self.loss.check_targets(y, self.output_shape, self.dtype, argument)

    def check_rows(self, x: Any, y: Any, weights: Any, which: str) -> Batch:
        """Return x, y and weights as the network needs them; refuse no rows at all, and numbers that are not finite.

        Raises ShapeError, DTypeError, ValueError or NumericError. ``which`` stands before the names x and y in errors.
        """
        x, y, weights = self.check(x, y, weights, which)
        if not len(x):
            raise ShapeError(f"{which}x has no rows; at least one sample is needed")
        check_finite(x, f"{which}x")
        check_finite(y, f"{which}y")
        return x, y, weights

    @quietly
    def _check_weights(self, weights: Any, samples: int, argument: str) -> Array:
        weights = as_array(weights, np.dtype(np.float64), argument)
        if weights.shape != (samples,):
            raise ShapeError(f"{argument} must have shape ({samples},), one weight a sample, got {weights.shape}")
        check_weights(weights, argument, self.dtype)
        return np.ascontiguousarray(weights, self.dtype)


def row_named(error: Exception) -> int | None:
    """Return the row of a batch that an error of `Gate` names; None where it names none."""
    found = ROW.search(str(error))
    return int(found[2]) if found else None
