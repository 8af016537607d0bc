"""Arrays as text, until a page is full."""

from __future__ import annotations

import base64

import numpy as np

from ..._kernels.interface import Array


class Packed:
    """Pack arrays as text until they would take more than ``room`` bytes; ``left_out`` lists what did not fit."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.left_out: list[str] = []

    def add(self, what: str, array: Array | None) -> dict[str, str] | None:
        """Return an array as a page holds it, without its text where there is no room; None for None."""
        if array is None:
            return None
        kind = "f8" if array.dtype == np.float64 else "f4"
        size = 4 * -(-array.nbytes // 3)
        if size > self.room:
            if what not in self.left_out:
                self.left_out.append(what)
            return {"type": kind}
        self.room -= size
        numbers = np.ascontiguousarray(array).astype(f"<{kind}")
        return {"type": kind, "text": base64.b64encode(numbers.tobytes()).decode()}
