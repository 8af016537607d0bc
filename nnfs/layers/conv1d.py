"""The convolutional layer for signals."""

from __future__ import annotations

from typing import Any, Literal

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..initializers import Initializer
from .conv2d import Conv2D
from .on_signals import WindowOnSignals, as_images


class Conv1D(WindowOnSignals, Conv2D):
    """Slide ``filters`` kernels over a batch of signals (cross-correlation, as every framework does).

    With x (N, C, L), weight w (F, C/G, K), bias b (F,), and x taken as 0 outside the signal::

        y[n, f, p] = b[f] + sum over c, i of w[f, c, i] x[n, g C/G + c, l],  l = p stride + i dilation - left
                     and g is the group of filter f: those of group g are g F/G to (g + 1) F/G - 1
        dw[f, c, i] = sum over n, p of dy[n, f, p] x[n, g C/G + c, l]
        db[f]       = sum over n, p of dy[n, f, p]
        dx[n, g C/G + c, l] = sum over all f, i, p that meet there of dy[n, f, p] w[f, c, i]

    It is Conv2D on images of one row: the same kernels, and the same bits.

    Parameters
    ----------
    filters : int
        F, the number of kernels and of output channels.
    kernel_size, stride, dilation : int
        Numbers of places in the signal.
    padding : int, (left, right) or "same"
        Zeros at the ends of the signal; "same" gives P = ceil(L / stride). With (dilation * (kernel_size - 1), 0), no
        output sees a later input, which Keras calls "causal".
    groups : int
        G: the channels and filters are split into G groups that do not see each other.
    use_bias : bool
        Whether b is there.
    initializer, bias_initializer : str or function
        First values of w and b, see `nnfs.initializers`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int | tuple[int, int] | Literal["same"] = 0,
        dilation: int = 1,
        groups: int = 1,
        use_bias: bool = True,
        initializer: str | Initializer = "he_uniform",
        bias_initializer: str | Initializer = "zeros",
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            use_bias=use_bias,
            initializer=initializer,
            bias_initializer=bias_initializer,
        )

    def draw_parameters(self, weight: Shape, *rest: Any) -> None:
        filters, channels, _, length = weight
        super().draw_parameters((filters, channels, length), *rest)

    def values(self) -> tuple[Array, Array | None]:
        """Return the weight, seen as kernels (F, C/G, 1, K) of one row, and the bias, None where there is none."""
        weight, bias = super().values()
        return as_images(weight), bias

    def gradients(self) -> tuple[Array, Array | None]:
        """Return the gradients of weight, seen as (F, C/G, 1, K), and bias, None where there is none."""
        dweight, dbias = super().gradients()
        return as_images(dweight), dbias
