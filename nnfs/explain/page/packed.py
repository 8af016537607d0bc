"""The arrays of a page: compressed together, until the page is full."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._kernels.interface import Array


class Packed:
    """Put arrays one behind the other; ``left_out`` lists what found no room since the last `begin`.

    Parameters
    ----------
    room : int
        How many bytes of the page the arrays may take until the first `begin`.
    """

    def __init__(self, room: int) -> None:
        self._parts: list[bytes] = []
        self._length = 0
        self.begin(room)

    def begin(self, room: int) -> None:
        """Give the arrays that follow ``room`` bytes of the page."""
        self.room = self._given = room
        self._began = self._length
        self.left_out: list[str] = []

    def take_back(self) -> None:
        """Take back all arrays since the last `begin`."""
        self.room = self._given
        while self._parts and self._length > self._began:
            self._length -= len(self._parts.pop())

    def add(self, what: str, arrays: Sequence[Array | None]) -> list[dict[str, Any] | None]:
        """Return where each array stands, None for None; where not all of them fit, none stands anywhere."""
        there = [array for array in arrays if array is not None]
        texts = [np.ascontiguousarray(array).astype(_kind(array), copy=False).tobytes() for array in there]
        size = sum(len(zlib.compress(text)) for text in texts) * 4 // 3
        if size > self.room:
            self.left_out.append(what)
            return [None if array is None else {"type": _kind(array)[1:]} for array in arrays]
        self.room -= size
        return [None if array is None else self._place(array, texts.pop(0)) for array in arrays]

    def _place(self, array: Array, text: bytes) -> dict[str, Any]:
        place = {"type": _kind(array)[1:], "start": self._length, "length": array.size}
        padded = text + bytes(-len(text) % 8)  # numbers of 8 bytes begin at a multiple of 8
        self._parts.append(padded)
        self._length += len(padded)
        return place

    def text(self) -> str:
        """Return all arrays, compressed by zlib and written in base 64."""
        return base64.b64encode(zlib.compress(b"".join(self._parts))).decode()


def _kind(array: Array) -> str:
    return "<f8" if array.dtype == np.float64 else "<f4"
