"""The standardization of a run: its first layer subtracts the mean and divides by the standard deviation."""

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


def standardized(layers: list[Part], input_shape: Shape) -> list[Part]:
    """Return the layers with a `Normalization` in front, unless they begin with one already.

    Raises ShapeError if a sample is not a row of numbers (D,).
    """
    if len(input_shape) != 1:
        raise ShapeError(f"standardize is for rows of numbers (D,), got samples of shape {input_shape}")
    first: dict[str, Any] = {"name": Normalization.__name__}
    return layers if layers[0]["name"] == first["name"] else [first, *layers]
