"""First values of weights: random numbers whose spread keeps signals at one size from layer to layer.

Each function takes (shape, fan_in, fan_out, rng) and returns a new float64 array; fan_in and fan_out are
the numbers of inputs and outputs that one weight's neuron has. A uniform distribution on (-a, a) has the
variance a**2 / 3, hence the threes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ._kernels.interface import Array
from .arguments.names import find_part
from .arguments.shapes import Shape
from .errors import ShapeError
from .system.floating_point import quietly

Initializer: TypeAlias = "Callable[[Shape, int, int, np.random.Generator], Array]"


def zeros(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Return zeros, the usual start of a bias."""
    return np.zeros(shape)


def ones(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Return ones, the usual start of the weight of a normalization."""
    return np.ones(shape)


def he_uniform(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw uniformly with variance 2 / fan_in, for layers before a ReLU (He et al., 2015, eq. 10)."""
    return _uniform(shape, 2 / fan_in, rng)


def he_normal(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw normally with variance 2 / fan_in, for layers before a ReLU (He et al., 2015, eq. 10)."""
    return rng.normal(0, math.sqrt(2 / fan_in), shape)


def glorot_uniform(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw uniformly with variance 2 / (fan_in + fan_out), for tanh (Glorot and Bengio, 2010, eq. 16)."""
    return _uniform(shape, 2 / (fan_in + fan_out), rng)


def glorot_normal(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw normally with variance 2 / (fan_in + fan_out), for tanh (Glorot and Bengio, 2010, eq. 12)."""
    return rng.normal(0, math.sqrt(2 / (fan_in + fan_out)), shape)


def lecun_uniform(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw uniformly with variance 1 / fan_in (LeCun et al., 1998, section 4.6)."""
    return _uniform(shape, 1 / fan_in, rng)


def lecun_normal(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw normally with variance 1 / fan_in (LeCun et al., 1998, section 4.6)."""
    return rng.normal(0, math.sqrt(1 / fan_in), shape)


def pytorch_default(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw uniformly on (-1, 1) / sqrt(fan_in), weights and biases alike, as PyTorch's layers do."""
    return _uniform(shape, 1 / (3 * fan_in), rng)


INITIALIZERS: dict[str, Initializer] = {
    function.__name__: function
    for function in (
        zeros,
        ones,
        he_uniform,
        he_normal,
        glorot_uniform,
        glorot_normal,
        lecun_uniform,
        lecun_normal,
        pytorch_default,
    )
}


def get_initializer(initializer: str | Initializer) -> Initializer:
    """Return the initializer of this name; a function is returned as it is.

    Raises ValueError, with the name that is meant or all names, where there is none.
    """
    if callable(initializer):
        return initializer
    return find_part(initializer, INITIALIZERS, "initializer")


@quietly
def draw(
    initializer: str | Initializer,
    shape: Shape,
    fan_in: int,
    fan_out: int,
    rng: np.random.Generator,
    dtype: np.dtype[Any],
) -> Array:
    """Return the first values that an initializer gives: a new C-contiguous array of ``dtype``.

    Raises ShapeError where a function of the user's gives another shape than it was asked for.
    """
    values = np.asarray(get_initializer(initializer)(shape, fan_in, fan_out, rng))
    if values.shape != shape:
        raise ShapeError(f"the initializer {initializer!r} gave shape {values.shape}, wanted {shape}")
    return np.array(values, dtype, order="C")


def _uniform(shape: Shape, variance: float, rng: np.random.Generator) -> Array:
    bound = math.sqrt(3 * variance)
    return rng.uniform(-bound, bound, shape)
