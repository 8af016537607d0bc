"""The base of all losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import as_array, is_ready, read_array
from ..arguments.attributes import Fixed
from ..arguments.explained import Explained
from ..arguments.labels import check_no_texts, fix_for_other_shape
from ..arguments.shapes import Shape
from ..errors import DTypeError, ShapeError, UnsupportedError
from ..layers import Layer
from ..layers.container import ends_in
from ..system.floating_point import quietly


class Loss(Explained, Fixed):
    """Base of all losses: a function of outputs and targets, and its gradient with respect to the outputs.

    A loss of your own defines ``name`` and ``__call__``; all other methods have defaults.
    """

    name: ClassVar[str]
    metrics: ClassVar[dict[str, Callable[[Array, Array], float]]] = {}
    """The metrics that are reported with this loss: functions of (outputs, targets) by name."""
    applies: ClassVar[type[Layer] | None] = None
    """The activation that the loss applies to the outputs itself, so that no network may end in it; None for none."""

    @quietly
    def __call__(self, outputs: Array, targets: Array, *, gradient: Array) -> float:
        """Return the mean loss of a batch, and write its gradient with respect to the outputs into ``gradient``.

        Parameters
        ----------
        outputs : ndarray of float32 or float64, shape (N, ...)
            Outputs of the network; not modified.
        targets : ndarray
            The result of `check_targets`; not modified.
        gradient : ndarray
            Overwritten; shape and dtype of ``outputs``.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no formula; write def __call__(self, outputs, targets, *, gradient)"
        )

    @quietly
    def weighted(self, outputs: Array, targets: Array, weights: Array, *, gradient: Array) -> float:
        """Return the loss in which sample n counts ``weights[n]`` times, and write its gradient into ``gradient``.

        With the loss l[n] of sample n: L = sum over n of weights[n] l[n] / N, as in Keras. The sum is divided by N and
        not by the sum of the weights, so that the weight of a sample does not depend on the others in its batch.

        Parameters
        ----------
        outputs, targets : ndarray
            Outputs (N, ...) of the network and the result of `check_targets`; not modified.
        weights : ndarray, shape (N,)
            The weight of each sample, in the dtype of ``outputs``; not modified.
        gradient : ndarray
            Overwritten; shape and dtype of ``outputs``.
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
        """Return the user's targets as the array that this loss needs.

        Parameters
        ----------
        targets : array_like, shape (N, *output_shape)
            Not modified. For one output, shape (N,) is accepted too.
        output_shape : tuple of int
            The shape of the network's output for one sample.
        dtype : numpy.dtype
            The dtype of the network.
        argument : str
            The name of the targets in messages.

        Returns
        -------
        ndarray
            ``targets`` itself if nothing had to be converted.

        Raises
        ------
        ShapeError, DTypeError, ValueError
            For targets of another shape, of a dtype that does not fit, or out of range; the message shows a fix.
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
        if self.applies is not None and ends_in(layer, self.applies):
            last = f"{self.applies.__name__}()"
            raise ValueError(
                f"{self.name} takes plain scores, but the network ends in {last}, which would be applied twice; "
                f"leave {last} out, predict_proba applies it"
            )

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


def mean_of_each(losses: Array) -> Array:
    """Return the mean (N,) of each sample's numbers (N, ...)."""
    return losses.reshape(len(losses), -1).mean(axis=1)


@quietly
def _exact_integers(targets: Array, dtype: np.dtype[Any], argument: str) -> Array:
    """Return integer targets as floats of ``dtype``; raise DTypeError when a number would change."""
    floats = targets.astype(dtype)
    if not np.array_equal(floats.astype(targets.dtype), targets):  # 2**63 - 1 is rounded up, out of int64's range
        raise DTypeError(
            f"{argument} holds integers that {dtype.name} cannot hold exactly; make the network with dtype='float64'"
        )
    return floats
