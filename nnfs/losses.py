"""Losses: one number that measures how wrong the outputs are, and its gradient.

A loss is called with outputs, targets and an array that receives the gradient. Its value is a mean, as in PyTorch and
Keras: over the samples of the batch for cross-entropy, over all numbers for the other losses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ._kernels import kernels
from ._kernels.interface import Array
from .arguments.arrays import as_array, is_ready, read_array
from .arguments.attributes import Fixed
from .arguments.explained import Explained
from .arguments.hyperparameters import as_number
from .arguments.labels import (
    check_classes,
    check_no_texts,
    classes_of,
    fix_for_one_output,
    fix_for_other_shape,
    fix_for_yes_or_no,
    is_whole,
    read_labels,
)
from .arguments.names import find_part
from .arguments.shapes import Shape
from .errors import DTypeError, ShapeError, UnsupportedError
from .layers import Layer, Sigmoid, Softmax
from .layers.container import ends_in
from .metrics import METRICS
from .system.floating_point import quietly

LABELS = np.dtype(np.int64)
"""The dtype of labels for cross-entropy."""


class Loss(Explained, Fixed):
    """Base of all losses: a function of outputs and targets, and its gradient with respect to the outputs."""

    name: ClassVar[str]
    metrics: ClassVar[dict[str, Callable[[Array, Array], float]]] = {}
    """The metrics that are reported with this loss: functions of (outputs, targets) by name."""

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        """Return the mean loss of a batch, and write its gradient with respect to the outputs into ``gradient``.

        ``outputs`` (N, ...) and ``targets``, a result of `check_targets`, are not modified. ``gradient`` has the shape
        and dtype of ``outputs``, and is overwritten.
        """
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    @quietly
    def weighted(self, outputs: Array, targets: Array, weights: Array, *, gradient: Array) -> float:
        """Return the loss in which sample n counts ``weights[n]`` times, and write its gradient into ``gradient``.

        With the loss l[n] of sample n: L = sum over n of weights[n] l[n] / N, as in Keras. The sum is divided by N and
        not by the sum of the weights, so that the weight of a sample does not depend on the others in its batch.
        ``weights`` (N,) have the dtype of ``outputs``; the other arguments are those of ``__call__``.
        """
        self(outputs, targets, gradient=gradient)
        gradient *= weights.reshape(-1, *[1] * (gradient.ndim - 1))
        return float((weights * self.samples(outputs, targets)).mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        """Return the loss of each sample, a new array (N,) in the dtype of ``outputs``; their mean is the loss."""
        scratch = np.empty_like(outputs[:1])
        rows = [slice(n, n + 1) for n in range(len(outputs))]
        return np.array([self(outputs[row], targets[row], gradient=scratch) for row in rows], outputs.dtype)

    def check_targets(self, targets: Any, output_shape: Shape, dtype: np.dtype[Any], argument: str = "y") -> Array:
        """Return the user's targets as the array that this loss needs, without a copy where nothing is converted.

        ``targets`` are array_like (N, *output_shape), or (N,) for one output; they are not modified. ``output_shape``
        and ``dtype`` are those of the network, ``argument`` is the name of the targets in messages. Raises ShapeError,
        DTypeError or ValueError for any other targets; the message shows a fix.
        """
        if is_ready(targets, dtype) and targets.ndim and targets.shape[1:] == output_shape:
            return targets
        found = read_array(targets, argument)
        check_no_texts(found, argument)
        if found.dtype.kind in "iu" and found.dtype.itemsize > 2:
            targets = _exact_integers(found, dtype, argument)
        array = as_array(targets, dtype, argument)
        if array.ndim == 1 and output_shape == (1,):
            array = array[:, None]
        if array.shape[1:] != output_shape or array.ndim == 0:
            wanted = "(N, " + ", ".join(map(str, output_shape)) + ")"
            fix = fix_for_other_shape(array, argument) if len(output_shape) == 1 else ""
            raise ShapeError(f"{argument} must have shape {wanted}, as the network's output, got {array.shape}{fix}")
        return array

    def check_last_layer(self, layer: Layer) -> None:
        """Raise ValueError when this loss already applies the network's last layer, as cross-entropy does Softmax."""

    def strata(self, targets: Array) -> Array | None:
        """Return the class (N,) of each sample, int64, for a stratified split; None for targets without classes."""
        return None

    @quietly
    def probabilities(self, outputs: Array) -> Array:
        """Return the probabilities (N, K) of the outputs, a new array; raise UnsupportedError for a loss without."""
        raise UnsupportedError(f"the loss {self.name!r} has no probabilities; use predict")

    @quietly
    def classes(self, outputs: Array) -> Array:
        """Return the most probable classes, a new int64 array (N,); raise UnsupportedError for a loss without."""
        raise UnsupportedError(f"the loss {self.name!r} has no classes; use predict")

    def config(self) -> dict[str, Any]:
        """Return the arguments of ``__init__`` that make an equal loss, by name."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.config().items())})"


class MeanSquaredError(Loss):
    """Take the mean of squared errors over all numbers: L = mean of (y - t)**2, dL/dy = 2 (y - t) / size."""

    name = "mean_squared_error"

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        return kernels.mean_squared_error(outputs, targets, dy=gradient)

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        return _mean_of_each(np.square(outputs - targets))


class L1(Loss):
    """Take the mean of absolute errors over all numbers: L = mean of |y - t|, dL/dy = sign(y - t) / size."""

    name = "l1"

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        difference = outputs - targets
        np.sign(difference, out=gradient)
        gradient /= difference.size
        return float(np.abs(difference).mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        return _mean_of_each(np.abs(outputs - targets))


class Huber(Loss):
    """Take the mean over all numbers of squared small errors and absolute large errors.

    With outputs y, targets t and e = y - t: L = mean of (e**2 / 2 where |e| <= delta, else delta (|e| - delta / 2)),
    and dL/dy = clip(e, -delta, delta) / size. Source: Huber, Robust Estimation of a Location Parameter, 1964.

    Parameters
    ----------
    delta : float
        The largest error that is squared, > 0.
    """

    name = "huber"

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = as_number(delta, "Huber: delta", above=0)

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        difference = outputs - targets
        clipped = np.clip(difference, -self.delta, self.delta)
        np.divide(clipped, difference.size, out=gradient)
        # With c = clip(e): c (e - c / 2) is e**2 / 2 inside and delta (|e| - delta / 2) outside.
        return float((clipped * (difference - clipped / 2)).mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        difference = outputs - targets
        clipped = np.clip(difference, -self.delta, self.delta)
        return _mean_of_each(clipped * (difference - clipped / 2))


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
        losses = np.log(np.exp(scores).sum(axis=1)) - _of_label(scores, targets)
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

    def check_last_layer(self, layer: Layer) -> None:
        if ends_in(layer, Softmax):
            raise ValueError(
                "cross_entropy takes plain scores, but the network ends in Softmax(), which would be applied twice; "
                "leave Softmax() out, predict_proba applies it"
            )

    def strata(self, targets: Array) -> Array | None:
        return targets

    @quietly
    def probabilities(self, outputs: Array) -> Array:
        exponentials = np.exp(outputs - outputs.max(axis=1, keepdims=True))  # NaN in rows with infinity
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    @quietly
    def classes(self, outputs: Array) -> Array:
        return classes_of(outputs)


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

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        decay = np.exp(-np.abs(outputs))
        losses = np.maximum(outputs, 0) - outputs * targets + np.log1p(decay)
        np.subtract(_sigmoid(outputs, decay), targets, out=gradient)
        gradient /= outputs.size
        return float(losses.mean(dtype=np.float64))

    @quietly
    def samples(self, outputs: Array, targets: Array) -> Array:
        return _mean_of_each(np.maximum(outputs, 0) - outputs * targets + np.log1p(np.exp(-np.abs(outputs))))

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

    def check_last_layer(self, layer: Layer) -> None:
        if ends_in(layer, Sigmoid):
            raise ValueError(
                "binary_cross_entropy takes plain scores, but the network ends in Sigmoid(), which would be applied "
                "twice; leave Sigmoid() out, predict_proba applies it"
            )

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


LOSSES: dict[str, type[Loss]] = {
    loss.name: loss for loss in (MeanSquaredError, L1, Huber, CrossEntropy, BinaryCrossEntropy)
}


def get_loss(loss: str | Loss) -> Loss:
    """Return a new loss with this name and default arguments; a `Loss` is returned unchanged.

    Raises DTypeError for a class, and ValueError for an unknown name; the message gives the name that is meant, or all.
    """
    if isinstance(loss, Loss):
        return loss
    return find_part(loss, LOSSES, "loss")()


class KnownLoss:
    """Describe the attribute ``loss`` of a network: it returns a `Loss` or None, and may be set by name."""

    def __get__(self, network: Any, kind: Any = None) -> Loss | None:
        return None if network is None else network._loss

    def __set__(self, network: Any, loss: str | Loss | None) -> None:
        network._loss = None if loss is None else get_loss(loss)


def loss_for(loss: str | Loss | None, trained: Loss | None, method: str) -> Loss:
    """Return the given loss, or for None the ``trained`` one; raise ValueError, which names ``method``, for neither."""
    if loss is not None:
        return get_loss(loss)
    if trained is None:
        fix = f"give it loss=, one of {', '.join(LOSSES)}"
        if method.startswith("predict"):
            fix = "train it, or set net.loss = nnfs.losses.CrossEntropy()"
        raise ValueError(f"{method} needs to know the loss, and the network was never trained; {fix}")
    return trained


def _mean_of_each(losses: Array) -> Array:
    """Return the mean (N,) of each sample's numbers (N, ...)."""
    return losses.reshape(len(losses), -1).mean(axis=1)


def _of_label(scores: Array, labels: Array) -> Array:
    """Return ``scores[n, labels[n]]`` for each sample n, an array (N,)."""
    return scores[np.arange(len(labels)), labels]


def _sigmoid(y: Array, decay: Array) -> Array:
    """Return sigmoid(y), a new array, given decay = exp(-|y|)."""
    return np.where(y >= 0, 1, decay) / (1 + decay)


@quietly
def _exact_integers(targets: Array, dtype: np.dtype[Any], argument: str) -> Array:
    """Return integer targets as floats of ``dtype``; raise DTypeError when a number would change."""
    floats = targets.astype(dtype)
    if not np.array_equal(floats.astype(targets.dtype), targets):  # 2**63 - 1 is rounded up, out of int64's range
        raise DTypeError(
            f"{argument} holds integers that {dtype.name} cannot hold exactly; use dtype='float64' networks"
        )
    return floats
