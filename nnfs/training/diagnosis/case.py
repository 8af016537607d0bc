"""The case: the network, the samples and the training that symptoms are looked for in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...layers import Conv1D, Conv2D, Dense, Layer
from ...layers.chain import Chain
from ...losses import Loss
from ...network.network import Network
from ...optimizers import Optimizer
from ..clipping import ClipNorm, ClipValue
from ..history import History
from .activity import Activity

WEIGHTED = frozenset([Dense, Conv1D, Conv2D])
FEWEST_ROWS, MOST_ROWS = 16, 512
"""How many rows of x and y are looked at, where there are so many."""
FEWEST_NUMBERS, MOST_NUMBERS = 2**12, 2**18
"""How many numbers of x are looked at. Of 2**18 it takes 200 microseconds."""
TRAINED_FOR_ONE = 100
"""How many numbers a training takes for each that is looked at: a hundredth of them costs less than a hundredth."""
USUAL_RATES = {"SGD": 0.01, "Adam": 1e-3, "AdamW": 1e-3, "RMSprop": 1e-3}
"""The default rates of the optimizers."""


class Case:
    """Hold what symptoms look at, and compute once what several of them read.

    Attributes
    ----------
    network, loss : Network, Loss
        What is trained, and what for.
    x, y : ndarray or None
        All samples, as the network and the loss need them; None where they come from an iterable.
    rows : ndarray of int64, or None
        Which samples are trained on; None is all of them.
    batch_size : int or None
        How many samples a step takes; None where it is not known.
    is_shuffled : bool
        Whether each epoch has a random order.
    is_weighted : bool
        Whether samples, or classes, count unlike.
    optimizer : Optimizer or None
        None where it is not known.
    history : History
        What was trained so far, in this training.
    stops_early : bool
        Whether a callback watches for overfitting.
    is_over : bool
        Whether the history is that of a whole training.
    activity : Activity or None
        What layers gave and gradients were in one pass, where there was one.
    told : set of str
        The names of the symptoms that were found so far.
    validation : tuple of ndarray, or None
        The samples and targets to validate on, where they are arrays of their own.
    trained_rows : int or None
        How many rows the training takes in all its epochs, of which the rows that are looked at are a small part; None
        where it does not matter.
    clip : ClipNorm, ClipValue or None
        The bound of gradients.
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        x: Array | None = None,
        y: Array | None = None,
        *,
        rows: Array | None = None,
        batch_size: int | None = None,
        is_shuffled: bool = True,
        is_weighted: bool = False,
        optimizer: Optimizer | None = None,
        history: History | None = None,
        stops_early: bool = False,
        validation: tuple[Array, Array | None] | None = None,
        trained_rows: int | None = None,
        clip: ClipNorm | ClipValue | None = None,
    ) -> None:
        self.network, self.loss, self.x, self.y, self.rows = network, loss, x, y, rows
        self.batch_size, self.is_shuffled, self.optimizer = batch_size, is_shuffled, optimizer
        self.history = History() if history is None else history
        self.is_weighted, self.stops_early = is_weighted, stops_early
        self.loss_name: str = getattr(loss, "name", "")  # a loss of the user's may have none
        self.is_over = True
        self.activity: Activity | None = None
        self.told: set[str] = set()
        self.validation, self.trained_rows, self.clip = validation, trained_rows, clip

    @property
    def samples(self) -> int:
        """How many samples are trained on."""
        return 0 if self.x is None else len(self.x) if self.rows is None else len(self.rows)

    @cached_property
    def inputs(self) -> Array:
        """Rows of x to look at, spread over all of them; the first ones of a file, which may be slow to read."""
        return self._looked_at(self.x, math.prod(self.network.input_shape))

    @cached_property
    def targets(self) -> Array:
        """Rows of y to look at, those of `inputs`."""
        return self._looked_at(self.y, math.prod(self.network.input_shape))

    @cached_property
    def reach(self) -> tuple[float, float]:
        """The smallest and the largest number of `inputs`, which tell most symptoms of scale that there is nothing."""
        return float(self.inputs.min()), float(self.inputs.max())

    @cached_property
    def labels(self) -> Array | None:
        """The class of every sample; None for targets without classes, and where they are in a file."""
        if self.y is None or self.loss_name != "cross_entropy" or isinstance(self.y, np.memmap) or self.y.ndim != 1:
            return None
        return self.y if self.rows is None else self.y[self.rows]

    @cached_property
    def class_counts(self) -> Array | None:
        """How many samples each class has; None for targets without classes."""
        return None if self.labels is None else np.bincount(self.labels, minlength=self.network.output_shape[0])

    @cached_property
    def guessing_loss(self) -> float | None:
        """The loss of the one answer to every sample that is best; None where it is not known."""
        if self.is_weighted or not len(self.targets):
            return None
        if self.class_counts is not None:
            if getattr(self.loss, "label_smoothing", 0):
                return None
            shares = self.class_counts[self.class_counts > 0] / self.samples
            return float(-(shares * np.log(shares)).sum())
        if self.loss_name not in ("mean_squared_error", "binary_cross_entropy") or self.y is None:
            return None
        targets = self._looked_at(self.y, math.prod(self.y.shape[1:]))
        if self.loss_name == "mean_squared_error":
            return float(targets.var(axis=0, dtype=np.float64).mean())
        share = np.clip(targets.mean(axis=0, dtype=np.float64), 1e-12, 1 - 1e-12)
        return float(-(share * np.log(share) + (1 - share) * np.log(1 - share)).mean())

    @property
    def rate(self) -> float:
        """The learning rate of the step to come; infinite where the optimizer is not known."""
        return math.inf if self.optimizer is None else self.optimizer.rate(len(self.history.step_losses))

    @property
    def has_jumped(self) -> bool:
        """Whether the loss of a step was far higher than that of the first."""
        losses = self.history.step_losses
        return bool(losses) and max(losses) > 20 * losses[0]

    def figures(self, name: str) -> list[float]:
        """Return one figure over all epochs; no numbers where the history has none of this name."""
        epochs = self.history.epochs
        return [epoch[name] for epoch in epochs] if epochs and name in epochs[0] else []

    @property
    def is_table(self) -> bool:
        """Whether a sample is a row of columns, and not an image."""
        return len(self.network.input_shape) == 1

    @property
    def is_normalized(self) -> bool:
        """Whether the network begins with a layer that brings inputs to one scale."""
        return type(self.network.layers[0]).__name__ in ("Normalization", "BatchNorm", "GroupNorm", "LayerNorm")

    @property
    def scales_outputs(self) -> bool:
        """Whether the network ends with a layer that brings its outputs to the scale of the targets."""
        return type(self.network.layers[-1]).__name__ == "Normalization"

    def column(self, index: int) -> Array | None:
        """Return one column of x, all rows that are trained on; None where x is in a file."""
        if self.x is None or isinstance(self.x, np.memmap):
            return None
        return self.x[:, index] if self.rows is None else self.x[self.rows, index]

    def parts(self, values: Array) -> Iterator[Array]:
        """Yield x or y in parts, all rows that are trained on."""
        for first in range(0, self.samples, MOST_ROWS):
            rows = slice(first, first + MOST_ROWS)
            yield values[rows] if self.rows is None else values[self.rows[rows]]

    def column_name(self, index: int) -> str:
        """Return what a column is called, its name or its number."""
        names = self.network.facts.columns
        return f"column {names[index]!r}" if names else f"column {index}"

    @cached_property
    def weighted(self) -> list[tuple[str, Chain, int, Any]]:
        """Each layer of weights, those within others too, as name, chain, index in the chain, layer."""
        return [
            (name, chain, index, chain[index])
            for name, chain, index in self.network.layers.walk()
            if type(chain[index]) in WEIGHTED
        ]

    def _looked_at(self, values: Array | None, numbers: int) -> Array:
        """Return rows of x or y, as many as the training pays for where each has so many numbers."""
        if values is None:
            return np.empty((0, 0))
        count, most = self.samples, MOST_NUMBERS // max(1, numbers)
        if self.trained_rows is not None:
            paid = max(self.trained_rows // TRAINED_FOR_ONE, FEWEST_NUMBERS // max(1, numbers), FEWEST_ROWS)
            most = min(most, paid)
        most = max(1, min(MOST_ROWS, most))
        if isinstance(self.x, np.memmap):
            return np.asarray(values[: min(most, count)] if self.rows is None else values[self.rows[:most]])
        apart = -(-count // most)
        return values[::apart] if self.rows is None else values.take(self.rows[::apart], axis=0)


def layer_at(name: str, layer: Layer) -> str:
    """Return how a finding calls a layer."""
    return f"layer {name}, {layer!r}"
