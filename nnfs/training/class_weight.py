"""Class weights: how much a sample counts in training by its class, so that rare classes are learned too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import as_array, check_weights
from ..arguments.shapes import Shape
from ..errors import DTypeError, ShapeError
from ..losses import Loss
from ..system.floating_point import quietly


class ClassWeight:
    """Weigh samples by their class: sample n counts class_weight[class of n] times its own weight.

    Parameters
    ----------
    class_weight : dict, array or "balanced"
        ``{1: 10.0}``, where other classes count 1, or an array (K,); finite numbers >= 0. "balanced" lets all classes
        of ``targets`` count the same: samples / (classes * samples of the class), as in scikit-learn.
    loss : Loss
        Knows the class of each target.
    output_shape : tuple of int
        That of the network.
    dtype : numpy.dtype
        That of the network, which must be able to hold the weights.
    targets : array or None
        All that are trained on, checked by the loss; None where they are not known before.
    """

    @quietly
    def __init__(
        self, class_weight: Any, loss: Loss, output_shape: Shape, dtype: np.dtype[Any], targets: Array | None = None
    ) -> None:
        # One score is a yes-or-no answer, of two classes.
        count = max(output_shape[0], 2) if len(output_shape) == 1 else 0
        self.loss, self.table = loss, np.ones(count)
        if isinstance(class_weight, str) and class_weight == "balanced":
            self.table = self._balanced(targets, count)
        elif isinstance(class_weight, str):
            raise DTypeError(
                f"class_weight must be a dict such as {{1: 10.0}}, an array ({count},) or 'balanced', "
                f"got {class_weight!r}"
            )
        elif isinstance(class_weight, Mapping):
            for label, weight in class_weight.items():
                if isinstance(label, bool) or not isinstance(label, int | np.integer) or not 0 <= label < count:
                    raise ValueError(f"class_weight: got the class {label!r}, wanted integers from 0 to {count - 1}")
                value = as_array([weight], self.table.dtype, f"class_weight[{label}]")
                if value.shape != (1,):
                    raise ShapeError(f"class_weight[{label}] must be one number, got an array {value.shape[1:]}")
                self.table[label] = value[0]
        else:
            self.table = as_array(class_weight, self.table.dtype, "class_weight")
        if self.table.shape != (count,):
            raise ShapeError(f"class_weight must have shape ({count},), one weight a class, got {self.table.shape}")
        check_weights(self.table, "class_weight", dtype)
        if targets is not None and not self(targets, None, self.table.dtype).any():
            raise ValueError("class_weight is 0 for every class that the targets have, so that no sample would count")

    @quietly
    def __call__(self, y: Array, weights: Array | None, dtype: np.dtype[Any]) -> Array:
        """Return the weight of each sample (N,) for targets y, checked by the loss, and the samples' own weights."""
        own = self.table[self._classes(y)].astype(dtype)
        return own if weights is None else weights * own

    def _balanced(self, targets: Array | None, count: int) -> Array:
        if targets is None:
            raise ValueError('class_weight="balanced" counts the classes of arrays; of batches, give the weights')
        samples = np.bincount(self._classes(targets), minlength=count)
        # A class without samples counts nothing, whatever its weight.
        return len(targets) / (np.count_nonzero(samples) * np.maximum(samples, 1))

    def _classes(self, y: Array) -> Array:
        classes = self.loss.strata(y)
        if classes is None:
            raise ValueError(
                f"class_weight needs a class for each sample, which targets of {self.loss.name!r} do not have here; "
                "use sample_weight"
            )
        return classes
