"""Gradient clipping: a bound for gradients, so that one bad batch does not ruin the weights."""

from __future__ import annotations

import math

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_number
from ..layers.scratch import Scratch
from ..system.floating_point import quietly


class ClipNorm:
    """Shorten the gradient of all parameters together, taken as one vector g, where it is longer than ``limit``.

    g = g * min(1, limit / ||g||), so that its direction stays (Pascanu, Mikolov and Bengio, 2013, algorithm 1).

    Parameters
    ----------
    limit : float
        The greatest Euclidean norm, > 0.
    """

    def __init__(self, limit: float) -> None:
        self.limit = as_number(limit, "clip_norm", above=0)
        self._scratch = Scratch()

    @quietly
    def __call__(self, grad: Array) -> None:
        """Change ``grad`` (P,), whose numbers are finite, in place."""
        # In float64, where the square of no float32 overflows, and without BLAS, whose sums depend on its threads.
        squares = self._scratch.empty("squares", grad.shape, np.float64)
        norm = math.sqrt(float(np.square(grad, out=squares, dtype=np.float64).sum()))
        if norm == math.inf:
            largest = float(np.abs(grad).max())
            norm = largest * math.sqrt(float(np.square(grad / largest).sum()))
        if norm > self.limit:
            grad *= self.limit / norm


class ClipValue:
    """Move each number of the gradient into the range from -limit to limit.

    Parameters
    ----------
    limit : float
        The greatest absolute value, > 0.
    """

    def __init__(self, limit: float) -> None:
        self.limit = as_number(limit, "clip_value", above=0)

    @quietly
    def __call__(self, grad: Array) -> None:
        """Change ``grad`` (P,) in place."""
        np.clip(grad, -self.limit, self.limit, out=grad)


def get_clipping(clip_norm: float | None, clip_value: float | None) -> ClipNorm | ClipValue | None:
    """Return what clips to the bound that is given, or None for no bound; raise ValueError for two bounds."""
    if clip_norm is not None and clip_value is not None:
        raise ValueError(f"give clip_norm or clip_value, not both; got {clip_norm} and {clip_value}")
    if clip_norm is not None:
        return ClipNorm(clip_norm)
    return None if clip_value is None else ClipValue(clip_value)
