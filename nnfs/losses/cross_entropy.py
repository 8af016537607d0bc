"""Cross-entropy for classification: each sample has one class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.arrays import is_ready
from ..arguments.hyperparameters import as_number
from ..arguments.labels import check_classes, classes_of, fix_for_one_output, read_labels
from ..arguments.shapes import Shape
from ..errors import ShapeError
from ..layers import Softmax
from ..metrics import METRICS
from ..system.floating_point import quietly
from .loss import Loss

LABELS = np.dtype(np.int64)
"""The dtype of labels for cross-entropy."""


class CrossEntropy(Loss):
    """Take the mean of -log(probability of the right class), given a score (logit) for each class.

    With logits y (N, K) and labels t (N,)::

        L        = mean over n of log(sum over k of exp(y[n, k])) - sum over k of q[n, k] y[n, k]
        dL/dy    = (softmax(y) - q) / N
        q        = (1 - label_smoothing) onehot(t) + label_smoothing / K

    The network must end in logits, without a Softmax. The largest logit of each row is subtracted before exp, so that
    logits of +-10,000 do not overflow.

    Parameters
    ----------
    label_smoothing : float
        The share of each target q that is spread evenly over all classes, 0 to 1. It keeps a network from becoming ever
        more certain (Szegedy et al., Rethinking the Inception Architecture, 2016, section 7). 0 is the plain loss.
    """

    name = "cross_entropy"
    metrics: ClassVar = {"accuracy": METRICS["accuracy"]}
    applies = Softmax

    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = as_number(label_smoothing, "CrossEntropy: label_smoothing", minimum=0, maximum=1)

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        loss = kernels.softmax_cross_entropy(outputs, targets, dlogits=gradient)
        if not self.label_smoothing or not len(outputs):
            return loss
        gradient -= self.label_smoothing / outputs.size
        gradient[np.arange(len(targets)), targets] += self.label_smoothing / len(outputs)
        return loss + float(self._smoothing(outputs, targets).mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        scores = outputs - outputs.max(axis=1, keepdims=True)
        # Where one class is nearly sure, float32 would round away all others in the sum.
        totals = np.exp(scores).sum(axis=1, dtype=np.float64)
        losses = (np.log(totals) - _of_label(scores, targets)).astype(outputs.dtype)
        return losses + self._smoothing(outputs, targets) if self.label_smoothing else losses

    def _smoothing(self, outputs: Array, targets: Array) -> Array:
        """Return the terms (N,) that label smoothing adds to the losses of the samples."""
        return self.label_smoothing * (_of_label(outputs, targets) - outputs.mean(axis=1))

    def check_targets(self, targets: Any, output_shape: Shape, dtype: np.dtype[Any], argument: str = "y") -> Array:
        if len(output_shape) != 1:
            raise ShapeError(
                f"cross_entropy needs one score for each class (N, K), got outputs of shape "
                f"(N, {', '.join(map(str, output_shape))}); end the network in Flatten(), Dense(K) for K classes"
            )
        if output_shape == (1,):
            raise ShapeError(
                "cross_entropy needs an output for each of at least two classes; the network has one: "
                + fix_for_one_output(targets, argument)
            )
        usual = is_ready(targets, LABELS) and targets.ndim == 1 and len(targets)
        # Read as unsigned, a negative label is a huge number: one comparison finds labels below 0 and above K - 1.
        if usual and np.maximum.reduce(targets.view(np.uint64)) < output_shape[0]:
            return targets
        labels = read_labels(targets, argument)
        columns = np.shape(targets)[1:]
        if columns not in ((), (1,), output_shape):
            raise ShapeError(
                f"{argument} is one-hot for {columns[0]} classes, but the network has {output_shape[0]}; for "
                f"{columns[0]} classes the network ends in Dense({columns[0]})"
            )
        check_classes(labels, output_shape[0], argument)
        return np.ascontiguousarray(labels, dtype=LABELS)

    def strata(self, targets: Array) -> Array | None:
        return targets

    @quietly
    def probabilities(self, outputs: Array) -> Array:
        exponentials = np.exp(outputs - outputs.max(axis=1, keepdims=True))  # NaN in rows with infinity
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    @quietly
    def classes(self, outputs: Array) -> Array:
        return classes_of(outputs)


def _of_label(scores: Array, labels: Array) -> Array:
    """Return ``scores[n, labels[n]]`` for each sample n, an array (N,)."""
    return scores[np.arange(len(labels)), labels]
