"""First values of weights: random numbers whose variance keeps outputs equally large from layer to layer.

Each function takes (shape, fan_in, fan_out, rng) and returns a new float64 array of that shape. fan_in is the number of
inputs of one output of the layer, fan_out the number of outputs that one input reaches. A uniform distribution on
(-a, a) has the variance a**2 / 3, hence the threes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ._kernels.interface import Array
from .arguments.functions import takes
from .arguments.names import find_part
from .arguments.shapes import Shape
from .errors import ShapeError
from .system.floating_point import quietly

Initializer: TypeAlias = "Callable[[Shape, int, int, np.random.Generator], Array]"


def zeros(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Return zeros of ``shape``, float64, the usual start of a bias."""
    return np.zeros(shape)


def ones(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Return ones of ``shape``, float64, the usual start of the weight of a normalization."""
    return np.ones(shape)


def he_uniform(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw a new float64 array from a uniform distribution with variance 2 / fan_in, for layers before a ReLU.

    ``fan_in`` is the number of inputs of one output of the layer; ``fan_out`` is not used.
    Source: He et al., Delving Deep into Rectifiers, 2015, eq. 10.
    """
    return _uniform(shape, 2 / fan_in, rng)


def he_normal(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw a new float64 array from a normal distribution with variance 2 / fan_in, for layers before a ReLU.

    ``fan_in`` is the number of inputs of one output of the layer; ``fan_out`` is not used.
    Source: He et al., Delving Deep into Rectifiers, 2015, eq. 10.
    """
    return rng.normal(0, math.sqrt(2 / fan_in), shape)


def glorot_uniform(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw a new float64 array from a uniform distribution with variance 2 / (fan_in + fan_out), for tanh layers.

    ``fan_in`` is the number of inputs of one output, ``fan_out`` the number of outputs that one input reaches.
    Source: Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Networks, 2010, eq. 16.
    """
    return _uniform(shape, 2 / (fan_in + fan_out), rng)


def glorot_normal(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw a new float64 array from a normal distribution with variance 2 / (fan_in + fan_out), for tanh layers.

    ``fan_in`` is the number of inputs of one output, ``fan_out`` the number of outputs that one input reaches.
    Source: Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Networks, 2010, eq. 12.
    """
    return rng.normal(0, math.sqrt(2 / (fan_in + fan_out)), shape)


def lecun_uniform(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw a new float64 array from a uniform distribution with variance 1 / fan_in.

    ``fan_in`` is the number of inputs of one output of the layer; ``fan_out`` is not used.
    Source: LeCun et al., Efficient BackProp, 1998, section 4.6.
    """
    return _uniform(shape, 1 / fan_in, rng)


def lecun_normal(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw a new float64 array from a normal distribution with variance 1 / fan_in.

    ``fan_in`` is the number of inputs of one output of the layer; ``fan_out`` is not used.
    Source: LeCun et al., Efficient BackProp, 1998, section 4.6.
    """
    return rng.normal(0, math.sqrt(1 / fan_in), shape)


def pytorch_default(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw a new float64 array from a uniform distribution on (-1, 1) / sqrt(fan_in), PyTorch's default.

    ``fan_in`` is the number of inputs of one output of the layer; ``fan_out`` is not used.
    """
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
    """Return the initializer with this name; a function is returned unchanged.

    Raises ValueError for an unknown name; the message gives the name that is meant, or all names.
    """
    if not isinstance(initializer, str) and takes(initializer, 4):  # a layer, for one, does not
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
    """Call an initializer, given by name or as a function, and return its values.

    Returns
    -------
    ndarray of ``dtype``, of ``shape``
        New and C-contiguous; the caller owns it.

    Raises
    ------
    ShapeError
        When a function of the user's returns another shape.
    ValueError
        For an unknown name.
    """
    values = np.asarray(get_initializer(initializer)(shape, fan_in, fan_out, rng))
    if values.shape != shape:
        raise ShapeError(f"the initializer {initializer!r} gave shape {values.shape}, wanted {shape}")
    return np.array(values, dtype, order="C")


def _uniform(shape: Shape, variance: float, rng: np.random.Generator) -> Array:
    bound = math.sqrt(3 * variance)
    return rng.uniform(-bound, bound, shape)
