"""The scales of a run: its first layer brings columns to mean 0 and spread 1, its last layer brings targets back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..data import Samples, Standardizer
from ..errors import ShapeError
from ..layers import Normalization
from ..losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from ..training.array_batches import ArrayBatches
from ..training.callback import Callback
from .parts import Part

if TYPE_CHECKING:
    from ..training.training import Training


class Standardization(Callback):
    """Set the mean and scale of the network's first layer, a `Normalization`, before the first step.

    Both are measured on the training samples only. Test samples and samples held out for validation do not count.
    """

    def on_train_begin(self, training: Training) -> None:
        """Measure mean and standard deviation of the training samples and write them into the first layer."""
        batches, layer = training.batches, training.network.layers[0]
        assert isinstance(batches, ArrayBatches)
        assert isinstance(layer, Normalization)
        layer.mean[...], layer.scale[...] = Standardizer.fit(
            batches.x if batches.rows is None else batches.x[batches.rows]
        )


class ScaledTargets(Callback):
    """Set the mean and scale of the network's last layer, a `Normalization`, before the first step.

    The layers before it then predict targets of mean 0 and spread 1, and it scales them back: y = z spread + mean.
    Both numbers are measured on the training samples only, and the spread is one for all targets.
    """

    def on_train_begin(self, training: Training) -> None:
        """Measure mean and spread of the targets trained on and write them into the last layer."""
        batches, layer = training.batches, training.network.layers[-1]
        assert isinstance(batches, ArrayBatches)
        assert isinstance(layer, Normalization)
        y = batches.y if batches.rows is None else batches.y[batches.rows]
        y = y.reshape(len(y), -1)
        spread = spread_of(y)
        layer.mean[...], layer.scale[...] = -y.mean(axis=0, dtype=np.float64) / spread, 1 / spread


def spread_of(y: Array) -> float:
    """Return the standard deviation of targets around the mean of their column, one for all; 1 for constant ones."""
    spread = float(np.sqrt(y.reshape(len(y), -1).var(axis=0, dtype=np.float64).mean()))
    return spread if spread > 0 else 1.0


def scaled_loss(samples: Samples, loss: str) -> Samples:
    """Return samples with the weight that brings their loss to the size of scaled targets, so that usual rates fit.

    The weight is a power of 2, which no rounding changes. Raises ValueError for classes, and for images to predict.
    """
    y = samples.y
    assert y is not None
    if loss in (CrossEntropy.name, BinaryCrossEntropy.name) or y.ndim > 2:
        what = "images" if y.ndim > 2 else "classes"
        raise ValueError(f"scale_targets is for numbers to predict, got {what}. Try: without --scale-targets")
    power = 2 if loss == MeanSquaredError.name else 1
    weight = 2.0 ** round(-power * math.log2(spread_of(y)))
    weights = np.ones(len(y)) if samples.weights is None else samples.weights
    return samples._replace(weights=weights * weight)


def with_scaled_outputs(layers: list[Part]) -> list[Part]:
    """Return the layers with a `Normalization` behind them, unless they end with one already."""
    last: dict[str, Any] = {"name": Normalization.__name__}
    return layers if len(layers) > 1 and layers[-1]["name"] == last["name"] else [*layers, last]


def standardized(layers: list[Part], input_shape: Shape) -> list[Part]:
    """Return the layers with a `Normalization` in front, unless they begin with one already.

    Raises ShapeError if a sample is not a row of numbers (D,).
    """
    if len(input_shape) != 1:
        raise ShapeError(f"standardize is for rows of numbers (D,), got samples of shape {input_shape}")
    first: dict[str, Any] = {"name": Normalization.__name__}
    return layers if layers[0]["name"] == first["name"] else [first, *layers]
