"""The average pooling layer for signals."""

from __future__ import annotations

from typing import Literal

from .avgpool2d import AvgPool2D
from .on_signals import WindowOnSignals


class AvgPool1D(WindowOnSignals, AvgPool2D):
    """Take the mean of each window of each channel.

    With x (N, C, L), taken as 0 outside the signal::

        y[n, c, p] = sum over i of x[n, c, l] / count[p],  l = p stride + i - left
        dx[n, c, l] = sum of dy[n, c, p] / count[p] over the windows p that l is in

    Parameters
    ----------
    pool_size : int
        Size of the window.
    stride : int or None
        Step of the window; None is the pool size.
    padding : int, (left, right) or "same"
        Zeros at the ends of the signal, at most half of the window at each end.
    count_include_pad : bool
        Whether ``count`` is that of all places of a window, or that of those within the signal.
    """

    size_name = "pool_size"

    def __init__(
        self,
        pool_size: int,
        *,
        stride: int | None = None,
        padding: int | tuple[int, int] | Literal["same"] = 0,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(pool_size, stride=stride, padding=padding, count_include_pad=count_include_pad)
