"""Standardization: columns of numbers scaled to mean 0 and standard deviation 1, and back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, ShapeError
from ..system.floating_point import quietly


class Standardizer(NamedTuple):
    """Hold the mean and the standard deviation of each column of the training part.

    Make a standardizer from the training part alone with `fit`, and apply it to every part. Then no information about
    the test part gets into training.

    Attributes
    ----------
    mean, scale : ndarray of float32 or float64, shape (D,)
        Mean and standard deviation, in the dtype of the values given to `fit`. The scale of a constant column is 1.

    Examples
    --------
    >>> from nnfs.data import Standardizer, linear_large
    >>> numbers = linear_large()
    >>> standardizer = Standardizer.fit(numbers.x_train)
    >>> x_test = standardizer.transform(numbers.x_test)
    """

    mean: Array
    scale: Array

    @classmethod
    @quietly
    def fit(cls, values: Array) -> Standardizer:
        """Return a standardizer with the mean and the (population) standard deviation of each column.

        Parameters
        ----------
        values : ndarray of float32 or float64, shape (N, D), N >= 1
            Not modified. The sums are computed in float64.

        Raises
        ------
        DTypeError
            For values that are not float32 or float64.
        ShapeError
            For values of another shape, or without a row.
        ValueError
            For values that are not finite; the message names the first.
        """
        values = _columns(values)
        if len(values) == 0:
            raise ShapeError("Standardizer.fit: got values of 0 rows, wanted at least 1")
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            raise ValueError(
                f"Standardizer.fit: values[{row}, {column}] is {values[row, column]}, wanted finite numbers"
            )
        mean = values.mean(axis=0, dtype=np.float64)
        scale = values.std(axis=0, dtype=np.float64)
        # The values are compared: because the mean is rounded, a constant column may have a tiny standard deviation.
        scale[values.min(axis=0) == values.max(axis=0)] = 1.0
        return cls(mean.astype(values.dtype), scale.astype(values.dtype))

    @quietly
    def transform(self, values: Array) -> Array:
        """Return ``(values - mean) / scale``, a new array (N, D) of the dtype of ``values``, which are not modified."""
        values = self._matching(values)
        centred: Array = values - self.mean.astype(values.dtype)
        centred /= self.scale.astype(values.dtype)
        return centred

    @quietly
    def inverse_transform(self, values: Array) -> Array:
        """Return ``values * scale + mean``, a new array (N, D) of the dtype of ``values``, which are not modified."""
        values = self._matching(values)
        restored: Array = values * self.scale.astype(values.dtype)
        restored += self.mean.astype(values.dtype)
        return restored

    def _matching(self, values: Array) -> Array:
        values = _columns(values)
        if values.shape[1] != len(self.mean):
            raise ShapeError(
                f"Standardizer: got values of shape {values.shape}, wanted (N, {len(self.mean)}), "
                f"the columns that it was fitted on"
            )
        return values


def _columns(values: Array) -> Array:
    values = np.asarray(values)
    if values.dtype not in (np.float32, np.float64):
        raise DTypeError(f"Standardizer: got values of dtype {values.dtype}, wanted float32 or float64")
    if values.ndim != 2:
        raise ShapeError(f"Standardizer: got values of shape {values.shape}, wanted (N, D), one sample a row")
    return values
