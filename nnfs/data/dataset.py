"""What every data set of `nnfs.data` is returned as."""

from __future__ import annotations

from typing import NamedTuple

from .._kernels.interface import Array


class Dataset(NamedTuple):
    """Hold a data set: its training part, its test part, and where it comes from.

    Attributes
    ----------
    name : str
        The name that `nnfs.data.load` knows it by.
    x_train, x_test : ndarray of float32, shape (N, D) or (N, C, H, W)
        The inputs, one sample a row.
    y_train, y_test : ndarray, shape (N,) of int64, or (N, D) of float32
        The labels 0 ... K-1, or for a regression the numbers to predict.
    class_names : tuple of str
        What each label stands for; empty for a regression.
    source, licence : str
        Who made it and where it is published; on what terms it may be used.
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
