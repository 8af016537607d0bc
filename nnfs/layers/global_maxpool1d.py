"""Global max pooling of signals."""

from __future__ import annotations

from ..arguments.signals import check_signal_shape
from .global_maxpool2d import GlobalMaxPool2D


class GlobalMaxPool1D(GlobalMaxPool2D):
    """Keep the largest number of each channel: (N, C, L) becomes (N, C).

    y[n, c] = max over l of x[n, c, l], and dx is dy[n, c] at that place, 0 elsewhere. Of equal numbers the first wins;
    NaN beats every number.
    """

    check_shape = staticmethod(check_signal_shape)
