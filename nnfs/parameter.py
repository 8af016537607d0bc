"""Parameters: arrays that training changes, each with its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._kernels.interface import Array


class Parameter:
    """Hold a value and its gradient, two arrays of one shape and type.

    Write *into* ``value`` and ``grad`` (``p.value[...] = a``) and never rebind them: in a network both are
    views of the network's two flat vectors.
    """

    __slots__ = ("grad", "value")

    def __init__(self, value: Array) -> None:
        self.value = value
        self.grad = np.zeros_like(value)

    def __repr__(self) -> str:
        return f"Parameter(shape={self.value.shape}, dtype={self.value.dtype})"


class ParameterVector:
    """Lay the values of many parameters end to end in one vector, and their gradients in another.

    Clearing all gradients is then one fill, and an optimizer step one kernel call, whatever the number of layers.
    ``value`` and ``grad`` are 1-D arrays that this object owns; each parameter is given a view of them.
    """

    def __init__(self, parameters: Sequence[Parameter], dtype: np.dtype[Any]) -> None:
        size = sum(parameter.value.size for parameter in parameters)
        self.value = np.empty(size, dtype)
        self.grad = np.zeros(size, dtype)
        start = 0
        for parameter in parameters:
            shape, stop = parameter.value.shape, start + parameter.value.size
            view = self.value[start:stop].reshape(shape)
            view[...] = parameter.value
            parameter.value = view
            parameter.grad = self.grad[start:stop].reshape(shape)
            start = stop
