"""Cross-entropy for yes-or-no questions: each sample answers one or several."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .._kernels.interface import Array
from ..arguments.labels import classes_of, fix_for_yes_or_no, is_whole
from ..arguments.shapes import Shape
from ..errors import UnsupportedError
from ..layers import Sigmoid
from ..metrics import METRICS
from ..system.floating_point import quietly
from .loss import Loss, mean_of_each


class BinaryCrossEntropy(Loss):
    """Take the mean of -log(probability of the right answer) to yes-or-no questions, given a score (logit) for each.

    With logits y and targets t in [0, 1], both (N, K)::

        L     = mean of max(y, 0) - y t + log(1 + exp(-|y|))
        dL/dy = (sigmoid(y) - t) / size

    This is -t log(s) - (1 - t) log(1 - s) with s = sigmoid(y), written so that nothing overflows. The mean is over all
    N K numbers, and size is N K. The network must end in logits, without a Sigmoid.
    """

    name = "binary_cross_entropy"
    metrics: ClassVar = {"accuracy": METRICS["binary_accuracy"]}
    applies = Sigmoid

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        decay = np.exp(-np.abs(outputs))
        losses = np.maximum(outputs, 0) - outputs * targets + np.log1p(decay)
        np.subtract(_sigmoid(outputs, decay), targets, out=gradient)
        gradient /= outputs.size
        return float(losses.mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        return mean_of_each(np.maximum(outputs, 0) - outputs * targets + np.log1p(np.exp(-np.abs(outputs))))

    def check_targets(self, targets: Any, output_shape: Shape, dtype: np.dtype[Any], argument: str = "y") -> Array:
        are_floats = isinstance(targets, np.ndarray) and targets.dtype.kind == "f" and targets.dtype != dtype
        if are_floats and is_whole(targets):
            targets = targets.astype(np.int64)  # whole numbers fit into any dtype exactly
        array = super().check_targets(targets, output_shape, dtype, argument)
        wrong = ~((array >= 0) & (array <= 1))
        if wrong.any():
            row = int(wrong.reshape(len(array), -1).any(axis=1).argmax())
            fix = fix_for_yes_or_no(array, argument)
            raise ValueError(f"{argument}[{row}] is {array[row]}; binary_cross_entropy takes targets from 0 to 1{fix}")
        return array

    def strata(self, targets: Array) -> Array | None:
        is_hard = targets.shape[1:] == (1,) and np.isin(targets, (0, 1)).all()
        return targets[:, 0].astype(np.int64) if is_hard else None

    @quietly
    def probabilities(self, outputs: Array) -> Array:
        yes = _sigmoid(outputs, np.exp(-np.abs(outputs)))
        return np.concatenate([1 - yes, yes], axis=1) if outputs.shape[1] == 1 else yes

    @quietly
    def classes(self, outputs: Array) -> Array:
        if outputs.shape[1:] != (1,):
            raise UnsupportedError(
                f"{outputs.shape[1:]} yes-or-no answers a sample are no single class; use predict_proba"
            )
        return classes_of(np.concatenate([np.zeros_like(outputs), outputs], axis=1))


def _sigmoid(y: Array, decay: Array) -> Array:
    """Return sigmoid(y), a new array, given decay = exp(-|y|)."""
    return np.where(y >= 0, 1, decay) / (1 + decay)
