"""The check of gradients: central differences along random directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..system.floating_point import quietly
from .requirements import require

Differentiable: TypeAlias = "Callable[..., tuple[Any, Callable[[Any], Sequence[Array | None]]]]"


@quietly
def check_gradients(
    function: Differentiable,
    arrays: Sequence[Array],
    *,
    names: Sequence[str] | None = None,
    projections: int = 3,
    seed: int = 0,
    epsilon: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-4,
) -> None:
    """Compare the gradients of a function with central differences, along random directions.

    For each array a, with random v and u: <v, f(a + epsilon u) - f(a - epsilon u)> / (2 epsilon) = <df(v), u>.
    A wrong number anywhere in a gradient changes this sum. The sum needs two calls, whatever the size of the array.

    Parameters
    ----------
    function : callable
        ``function(*arrays)`` returns the result f, an array or a float, and a function that takes v, the gradient
        of the result, and returns df(v): a list with the gradient of each array, or None for one not to be checked.
    arrays : list of float64 arrays
        The point at which to differentiate. Not modified. Its distance from kinks and ties must be much larger than
        ``epsilon``.
    names : list of str
        The names of the arrays in messages.
    projections : int
        The number of pairs (v, u) for each array.
    seed : int
        The seed of the pairs.
    epsilon, atol, rtol : float
        The step of the differences, and the allowed error: ``atol + rtol * abs(numeric)``.

    Raises
    ------
    AssertionError
        If a gradient has a wrong value or shape, or if an array is not float64.
    """
    names = [f"arrays[{index}]" for index in range(len(arrays))] if names is None else names
    rng = np.random.default_rng(seed)
    for name, array in zip(names, arrays, strict=True):
        require(array.dtype == np.float64, f"{name} must be float64 for differences this small, got {array.dtype}")
    for _ in range(projections):
        result, backward = function(*arrays)
        v = rng.normal(size=np.shape(result))
        gradients = backward(v)
        require(len(gradients) == len(arrays), f"got {len(gradients)} gradients for {len(arrays)} arrays")
        gradients = [None if gradient is None else np.array(gradient) for gradient in gradients]
        for index, (name, gradient) in enumerate(zip(names, gradients, strict=True)):
            if gradient is None:
                continue
            wanted = arrays[index].shape
            require(gradient.shape == wanted, f"the gradient of {name} has shape {gradient.shape}, wanted {wanted}")
            u = rng.normal(size=wanted)
            above, below = (
                np.sum(v * function(*arrays[:index], arrays[index] + step * u, *arrays[index + 1 :])[0])
                for step in (epsilon, -epsilon)
            )
            numeric, analytic = (above - below) / (2 * epsilon), np.sum(gradient * u)
            require(
                abs(numeric - analytic) <= atol + rtol * abs(numeric),
                f"the gradient of {name} is wrong: {analytic:.8g} along a random direction, "
                f"but differences give {numeric:.8g}",
            )
