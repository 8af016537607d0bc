"""Arithmetic as IEEE 754 has it, whatever `numpy.seterr` says: what overflows is infinity, what underflows is 0.

Every public function of this package that computes with NumPy is marked ``@quietly``, so that a caller who lets NumPy
warn or raise, in search of a NaN of his own, gets the same numbers. What is not finite is told by `NumericError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])


def quietly(function: Function) -> Function:
    """Return the function so that it runs without NumPy's floating-point warnings and errors."""
    quiet: Any = np.errstate(all="ignore")(function)
    quiet.loud = function
    return quiet


def loud(method: Function) -> Function:
    """Return a bound method without its `quietly`, for a loop that is quiet as a whole: each one costs 1 us."""
    function = getattr(method, "loud", None)
    owner = getattr(method, "__self__", None)
    return method if function is None else function.__get__(owner)
