"""The standardization of a run: what its first layer takes away and divides by, measured on what it trains on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arguments.shapes import Shape
from ..data import Standardizer
from ..errors import ShapeError
from ..layers import Normalization
from ..training.array_batches import ArrayBatches
from ..training.callback import Callback
from .parts import Part

if TYPE_CHECKING:
    from ..training.training import Training


class Standardization(Callback):
    """Set the network's first layer, a `Normalization`, before the first step.

    Mean and standard deviation are those of the samples that are trained on: neither those of the test part nor
    those that are held out for validation have a share in them.
    """

    def on_train_begin(self, training: Training) -> None:
        """Measure the samples, as they are known now."""
        batches, layer = training.batches, training.network.layers[0]
        assert isinstance(batches, ArrayBatches)
        assert isinstance(layer, Normalization)
        layer.mean[...], layer.scale[...] = Standardizer.fit(
            batches.x if batches.rows is None else batches.x[batches.rows]
        )


def standardized(layers: list[Part], input_shape: Shape) -> list[Part]:
    """Return layers that begin with a `Normalization`; raise ShapeError for samples that are no rows of numbers."""
    if len(input_shape) != 1:
        raise ShapeError(f"standardize is for rows of numbers (D,), got samples of shape {input_shape}")
    first: dict[str, Any] = {"name": Normalization.__name__}
    return layers if layers[0]["name"] == first["name"] else [first, *layers]
