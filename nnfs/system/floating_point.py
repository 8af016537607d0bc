"""Arithmetic by IEEE 754, whatever `numpy.seterr` is set to: an overflow gives infinity, an underflow gives 0.

Every public function of this package that computes with NumPy is marked ``@quietly``. A caller who lets NumPy warn or
raise, to find a NaN in his own code, gets equal results. Numbers that are not finite are reported by `NumericError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])


def quietly(function: Function) -> Function:
    """Decorate a function, so that NumPy neither warns nor raises for floating-point errors while it runs."""
    quiet: Any = np.errstate(all="ignore")(function)
    quiet.loud = function
    return quiet


def loud(method: Function) -> Function:
    """Return a bound method without its decorator `quietly`, which costs 1 us a call.

    Use it in a loop that is itself within a function marked ``@quietly``. A method without the decorator is returned
    unchanged.
    """
    function = getattr(method, "loud", None)
    owner = getattr(method, "__self__", None)
    return method if function is None else function.__get__(owner)
