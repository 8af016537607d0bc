"""Functions that the user gives, and what they can be called with."""

from __future__ import annotations

import inspect
from typing import Any


def takes(function: Any, count: int) -> bool:
    """Return whether a function can be called with ``count`` arguments; a layer or a network takes one, its samples."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # a compiled function without a signature
        pass
    return True
