"""Memory that whoever computes the same again and again writes into each time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape, check_size
from ..system.memory import aligned_empty


class Scratch:
    """Hand out arrays by name, and the same memory again for the same name."""

    def __init__(self) -> None:
        self._buffers: dict[str, Array] = {}
        self._views: dict[str, tuple[Shape, Any, Array]] = {}

    def empty(self, name: str, shape: Shape, dtype: Any) -> Array:
        """Return an uninitialized C-contiguous array, at a cache line, that this object owns and reuses.

        The same name gives the same memory again, so a warm pass allocates nothing; the memory grows to the
        largest batch seen. What an earlier call with this name returned is overwritten.
        """
        held = self._views.get(name)
        if held is not None and held[0] == shape and held[1] is dtype:  # as most often, and without asking NumPy
            return held[2]
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            check_size(shape, f"a buffer {name!r} of shape", np.dtype(dtype).itemsize)
            buffer = self._buffers[name] = aligned_empty(size, dtype)
        view = buffer[:size].reshape(shape)
        self._views[name] = shape, dtype, view
        return view

    @property
    def nbytes(self) -> int:
        """The bytes of all its arrays."""
        return sum(buffer.nbytes for buffer in self._buffers.values())
