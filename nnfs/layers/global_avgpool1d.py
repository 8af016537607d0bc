"""Global average pooling of signals."""

from __future__ import annotations

from ..arguments.signals import check_signal_shape
from .global_avgpool2d import GlobalAvgPool2D


class GlobalAvgPool1D(GlobalAvgPool2D):
    """Take the mean of each channel: (N, C, L) becomes (N, C).

    y[n, c] = sum over l of x[n, c, l] / L, and dx[n, c, l] = dy[n, c] / L.
    """

    check_shape = staticmethod(check_signal_shape)
