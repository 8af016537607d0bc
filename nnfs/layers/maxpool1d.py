"""The max pooling layer for signals."""

from __future__ import annotations

from typing import Literal

from .maxpool2d import MaxPool2D
from .on_signals import WindowOnSignals


class MaxPool1D(WindowOnSignals, MaxPool2D):
    """Keep the largest number of each window of each channel.

    With x (N, C, L)::

        y[n, c, p] = max over i of x[n, c, l],  l = p stride + i - left
        dx[n, c, l] = sum of dy[n, c, p] over the windows p that l has won

    Of equal numbers the first wins; NaN beats every number; padding never wins.

    Parameters
    ----------
    pool_size : int
        Size of the window.
    stride : int or None
        Step of the window; None is the pool size.
    padding : int, (left, right) or "same"
        Places beyond the ends of the signal, at most half of the window at each end.
    """

    size_name = "pool_size"

    def __init__(
        self,
        pool_size: int,
        *,
        stride: int | None = None,
        padding: int | tuple[int, int] | Literal["same"] = 0,
    ) -> None:
        super().__init__(pool_size, stride=stride, padding=padding)
