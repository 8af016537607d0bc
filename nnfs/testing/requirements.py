"""What a check asks for: a condition, or equal arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array


def require(condition: Any, message: str) -> None:
    """Raise AssertionError with the message unless the condition is true."""
    if not condition:
        raise AssertionError(message)


def require_equal(expected: dict[str, Array | None], got: dict[str, Array | None], message: str) -> None:
    """Raise AssertionError, whose message begins with the array's name, unless both dicts hold equal arrays.

    An expected None allows any array.
    """
    for name, array in expected.items():
        require(array is None or np.array_equal(array, got[name]), f"{name} {message}")  # type: ignore[arg-type]
