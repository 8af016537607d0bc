"""Numbers that are normalized together: by `LayerNorm` and `GroupNorm`, and by `BatchNorm` in training."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .._kernels.interface import Array
from ..layers import BatchNorm, GroupNorm, LayerNorm
from .recording import Record


@dataclass(frozen=True)
class Normalized:
    """The group of numbers that one number is normalized with; arrays (M,) in the group's order.

    Attributes
    ----------
    places : ndarray
        Flat indices into x (N, ...).
    weights : ndarray
        Flat indices into weight and bias.
    z : ndarray
        (x - mean) * scale.
    mean, variance, scale : float
        scale is 1 / sqrt(variance + epsilon).
    at : int
        Where the number stands in the group.
    """

    places: Array
    weights: Array
    z: Array
    mean: float
    variance: float
    scale: float
    at: int

    def slope(self, output: int) -> float:
        """Return the derivative of z[output] by the number."""
        same = float(output == self.at)
        return self.scale * (same - (1 + float(self.z[output] * self.z[self.at])) / len(self.z))


def is_normalized(record: Record, training: bool) -> bool:
    """Return whether a layer normalizes numbers of the pass together."""
    layer = record.layer
    return type(layer) in (LayerNorm, GroupNorm) or (type(layer) is BatchNorm and training and layer.trainable)


def normalized(record: Record, place: tuple[int, ...]) -> Normalized:
    """Return the group of the number at ``place`` of x (N, ...)."""
    layer, x = record.layer, record.x
    assert isinstance(layer, LayerNorm | GroupNorm | BatchNorm)
    every = np.arange(x.size)
    flat = int(np.ravel_multi_index(place, x.shape))
    if isinstance(layer, LayerNorm):
        size = layer.weight.value.size
        places = every.reshape(-1, size)[flat // size]
        weights = np.arange(size)
    elif isinstance(layer, GroupNorm):
        size = x[0].size // layer.groups
        places = every.reshape(-1, size)[flat // size]
        weights = places // x[0, 0].size % x.shape[1]
    else:
        places = every.reshape(x.shape)[:, place[1]].ravel()
        weights = np.full(len(places), place[1])
    numbers = x.reshape(-1)[places].astype(np.float64)
    mean, variance = float(numbers.mean()), float(numbers.var())
    scale = 1 / math.sqrt(variance + layer.epsilon)
    at = int(np.flatnonzero(places == flat)[0])
    return Normalized(places, weights, (numbers - mean) * scale, mean, variance, scale, at)
