"""The type in which `nnfs.data` returns every data set."""

from __future__ import annotations

from typing import NamedTuple

from .._kernels.interface import Array


class Dataset(NamedTuple):
    """Hold a data set: training part, test part, names of the classes, source and licence.

    Attributes
    ----------
    name : str
        The name that `nnfs.data.load` takes.
    x_train, x_test : ndarray of float32, shape (N, D) or (N, C, H, W)
        The inputs, one sample a row.
    y_train, y_test : ndarray, shape (N,) of int64, or (N, D) of float32
        The labels 0 ... K-1, or the numbers to predict in a regression.
    class_names : tuple of str
        The name of the class of each label; empty for a regression.
    source, licence : str
        Who made the data and where they are published, and under which licence they may be used.
    """

    name: str
    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    class_names: tuple[str, ...]
    source: str
    licence: str

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{part}: {array.dtype} {array.shape}" for part, array in zip(self._fields[1:5], self[1:5], strict=True)
        )
        return f"Dataset({self.name!r}, {parts}, {len(self.class_names)} classes)"
