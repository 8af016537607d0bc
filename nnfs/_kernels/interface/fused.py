"""The contract of the kernels of fused operations; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array
from ..window import Window


class FusedKernels(Protocol):
    """Kernels that compute a convolution or a dense layer together with the ReLU, and perhaps the pool, behind it."""

    def conv2d_relu_forward(
        self, x: Array, weight: Array, bias: Array | None, window: Window, slope: float, *, y: Array
    ) -> None:
        """Write y = z where z > 0 or z is NaN, else slope z, with z (N, F, P, Q) what `conv2d_forward` writes."""

    def conv2d_relu_backward(
        self,
        dy: Array,
        x: Array,
        weight: Array,
        y: Array,
        window: Window,
        slope: float,
        *,
        dweight: Array,
        dbias: Array | None,
        dx: Array | None,
    ) -> None:
        """Compute the gradients of y = relu(z), z = conv2d(x), from the gradient dy (N, F, P, Q) of y.

        dz = dy where y > 0 or y is NaN, else slope dy, or 0 where slope is 0
        dweight[f, c, i, j] += sum of x[n, g*C/G + c, h, w] * dz[n, f, p, q] over n, p, q
        dbias[f] += sum of dz[n, f, p, q] over n, p, q
        dx[n, g*C/G + c, h, w] = sum of weight[f, c, i, j] * dz[n, f, p, q] over all f, i, j, p, q whose pixel is (h, w)

        A product with dz = 0 may be left out, even where x is NaN; an x that is not finite may make all of dweight NaN.
        """

    def conv2d_relu_maxpool2d_forward(
        self,
        x: Array,
        weight: Array,
        bias: Array | None,
        window: Window,
        size: tuple[int, int],
        pool: Window,
        slope: float,
        *,
        y: Array,
        argmax: Array,
    ) -> None:
        """Write y = relu(maxpool2d(z)), equal to maxpool2d(relu(z)), with z (N, F, P, Q) what `conv2d_forward` writes.

        argmax, int32, shaped as y, is the index p * Q + q of each maximum in z. ``size`` is (P, Q), ``pool`` the window
        of the pool, and relu(v) = v where v > 0 or v is NaN, else slope v.
        """

    def conv2d_relu_maxpool2d_backward(
        self,
        dy: Array,
        x: Array,
        weight: Array,
        y: Array,
        argmax: Array,
        window: Window,
        size: tuple[int, int],
        slope: float,
        *,
        dweight: Array,
        dbias: Array | None,
        dx: Array | None,
    ) -> None:
        """Compute the gradients of y = relu(maxpool2d(z)), z = conv2d(x), from the gradient dy of y, shaped as y.

        d = dy where y > 0 or y is NaN, else slope dy, or 0 where slope is 0
        dz[n, f].flat[k] = sum of d[n, f, r, s] over all r, s with argmax[n, f, r, s] = k; dz (N, F, *size)
        dweight[f, c, i, j] += sum of x[n, g*C/G + c, h, w] * dz[n, f, p, q] over n, p, q
        dbias[f] += sum of dz[n, f, p, q] over n, p, q
        dx[n, g*C/G + c, h, w] = sum of weight[f, c, i, j] * dz[n, f, p, q] over all f, i, j, p, q whose pixel is (h, w)

        A product with dz = 0 may be left out, even where x is NaN; an x that is not finite may make all of dweight NaN.
        """

    def dense_relu_forward(self, x: Array, weight: Array, bias: Array | None, slope: float, *, y: Array) -> None:
        """Write y = z where z > 0 or z is NaN, else slope z, with z (N, K) what `dense_forward` writes."""

    def dense_relu_backward(
        self,
        dy: Array,
        x: Array,
        weight: Array,
        y: Array,
        slope: float,
        *,
        dweight: Array,
        dbias: Array | None,
        dx: Array | None,
    ) -> None:
        """Compute the gradients of y = relu(z), z[n, k] = bias[k] + sum over d of x[n, d] * weight[k, d].

        dz[n, k] = dy[n, k] where y[n, k] > 0 or y[n, k] is NaN, else slope dy[n, k], or 0 where slope is 0
        dweight[k, d] += sum over n of dz[n, k] * x[n, d];  dbias[k] += sum over n of dz[n, k]
        dx[n, d] = sum over k of dz[n, k] * weight[k, d]
        """
