"""The contract of the kernels of padding, convolution and pooling; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array
from ..window import Padding, Window


class WindowKernels(Protocol):
    """Kernels that pad, convolve and pool images."""

    def pad2d_forward(self, x: Array, padding: Padding, *, y: Array) -> None:
        """Copy x (N, C, H, W) into the middle of y (N, C, top+H+bottom, left+W+right), zeros around it."""

    def pad2d_backward(self, dy: Array, padding: Padding, *, dx: Array) -> None:
        """Cut the padding (top, bottom, left, right) off dy: dx[n, c, h, w] = dy[n, c, h + top, w + left]."""

    def conv2d_forward(self, x: Array, weight: Array, bias: Array | None, window: Window, *, y: Array) -> None:
        """Cross-correlate x (N, C, H, W) with weight (F, C/G, KH, KW) into y (N, F, P, Q).

        y[n, f, p, q] = bias[f] + sum over c, i, j of weight[f, c, i, j] * x[n, g*C/G + c, h, w]

        with h, w from `Window`, x taken as 0 outside the image, G = C / weight.shape[1] groups, and
        g = f // (F/G) the group of the filter. ``bias`` (F,) may be None.

        In float32 the compiled kernels may compute 3x3 convolutions with stride and dilation 1, and their gradients, by
        Winograd's algorithm. Its rounding errors are about twice those of the plain sum, and larger for small numbers
        beside large ones: the error of a sum of K products w x is at most K eps times the sum of |w| |x|, where |x| is
        the largest at most 5 rows and columns away in its channel. A pixel that is NaN or infinite then makes NaN the
        outputs whose windows contain it, and perhaps others at most 3 rows and columns further; so may one above 1e36.
        """

    def conv2d_backward_input(self, dy: Array, weight: Array, window: Window, *, dx: Array) -> None:
        """Write the gradient dx (N, C, H, W) of a convolution's input from the gradient dy (N, F, P, Q) of its output.

        dx[n, g*C/G + c, h, w] = sum of weight[f, c, i, j] * dy[n, f, p, q] over all f, i, j, p, q whose pixel is (h, w)

        A weight that is NaN or infinite may make any pixel of its channel NaN.
        """

    def conv2d_backward_params(
        self, x: Array, dy: Array, window: Window, *, dweight: Array, dbias: Array | None
    ) -> None:
        """Add the gradients of a convolution's weights (F, C/G, KH, KW) and bias (F,), which may be None.

        dweight[f, c, i, j] += sum of x[n, g*C/G + c, h, w] * dy[n, f, p, q] over n, p, q
        dbias[f] += sum of dy[n, f, p, q] over n, p, q
        """

    def maxpool2d_forward(self, x: Array, window: Window, *, y: Array, argmax: Array) -> None:
        """Take the largest pixel of each window of x (N, C, H, W) into y (N, C, P, Q).

        argmax (N, C, P, Q), int32, is the index h * W + w of that pixel in its image, or -1 for a window that contains
        padding only. Padding never wins, the first of equal pixels wins, and the first NaN beats every number.
        """

    def maxpool2d_backward(self, dy: Array, argmax: Array, *, dx: Array) -> None:
        """Write dx[n, c].flat[k] = sum of dy[n, c, p, q] where argmax[n, c, p, q] = k; a place of -1 is skipped."""

    def avgpool2d_forward(self, x: Array, window: Window, count_include_pad: bool, *, y: Array) -> None:
        """Write the mean of each window of x (N, C, H, W) into y (N, C, P, Q); the window has no dilation.

        The sum over the real pixels is divided by the number of all cells of the window, or, unless
        ``count_include_pad``, by the number of real pixels, of which each window has one at least.
        """

    def avgpool2d_backward(self, dy: Array, window: Window, count_include_pad: bool, *, dx: Array) -> None:
        """Write dx[n, c, h, w] = sum of dy[n, c, p, q] / count[p, q] over the windows (p, q) that contain (h, w).

        count[p, q] is the number of cells of a window or, unless ``count_include_pad``, of its real pixels.
        """
