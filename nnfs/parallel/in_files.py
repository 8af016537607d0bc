"""Values whose arrays lie in files: each process maps them into its memory, and none goes along with each call."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError


class _Place(NamedTuple):
    """Stands in a value where an array was: the number of its file."""

    number: int


class InFiles(NamedTuple):
    """A value whose arrays lie in files, which every process on this machine maps into its memory.

    Attributes
    ----------
    folder : str
        Where the arrays are, as ``0.npy``, ``1.npy``, ...
    value : Any
        The value, with places of arrays.
    """

    folder: str
    value: Any

    def open(self) -> Any:
        """Return the value with its arrays, which read the files."""
        return _map(self.value, _Place, lambda place: _mapped(os.path.join(self.folder, f"{place.number}.npy")))


@contextmanager
def in_files(value: Any) -> Iterator[InFiles]:
    """Write the arrays in a value to temporary files, within a ``with`` block; give what is small without them."""
    with tempfile.TemporaryDirectory(prefix="nnfs-") as folder:
        count = 0

        def write(array: Array) -> _Place:
            nonlocal count
            if array.dtype.hasobject:
                raise DTypeError(f"an array of {array.dtype} cannot go to other processes; give numbers or texts")
            np.save(os.path.join(folder, f"{count}.npy"), array)
            count += 1
            return _Place(count - 1)

        yield InFiles(folder, _map(value, np.ndarray, write))


@functools.lru_cache(maxsize=16)
def _mapped(path: str) -> Array:
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)


def _map(value: Any, kind: type, change: Any) -> Any:
    """Return a value with each object of a type within its dicts, lists and tuples changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        return {key: _map(item, kind, change) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_map(item, kind, change) for item in value)
    return value
