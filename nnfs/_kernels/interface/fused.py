"""The contract of the kernels of fused operations; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array
from ..window import Window


class FusedKernels(Protocol):
    """Kernels that compute a layer together with the ReLU, and perhaps the pool, behind it."""

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

    def add_relu(self, a: Array, b: Array, slope: float, *, y: Array) -> None:
        """Write y = z where z = a + b is above 0 or NaN, else slope z; all three have one shape, of any axes."""

    def batchnorm_relu_forward(
        self,
        x: Array,
        weight: Array,
        bias: Array,
        epsilon: float,
        momentum: float,
        slope: float,
        pool: Window | None,
        training: bool,
        *,
        y: Array,
        argmax: Array | None,
        mean: Array,
        variance: Array,
        running_mean: Array,
        running_var: Array,
        num_batches_tracked: Array,
    ) -> None:
        """Write y = relu(maxpool2d(z)), and the statistics by which z, the batch normalization of x, was computed.

        z[n, c] = weight[c] (x[n, c] - mean[c]) / sqrt(variance[c] + epsilon) + bias[c]

        x is (N, C, H, W); the other arrays of floats are (C,). Where ``pool`` is None, y = relu(z), and argmax is None;
        else argmax, int32, shaped as y, is the index h * W + w of each maximum in z. relu(v) = v where v > 0 or v is
        NaN, else slope v.

        In training mean and variance, which are written, are those of the M = N H W numbers of a channel, and:

        running_mean[c] += momentum (mean[c] - running_mean[c]);  num_batches_tracked, one integer of 64 bits, += 1
        running_var[c] += momentum (variance[c] M / (M - 1) - running_var[c])

        Otherwise they are copies of the running ones. M is never 1 in training; where N is 0, nothing is written.
        """

    def batchnorm_relu_backward(
        self,
        dy: Array,
        x: Array,
        y: Array,
        argmax: Array | None,
        mean: Array,
        variance: Array,
        weight: Array,
        epsilon: float,
        slope: float,
        training: bool,
        *,
        dweight: Array,
        dbias: Array,
        dx: Array | None,
    ) -> None:
        """Compute the gradients of y = relu(maxpool2d(z)), or of y = relu(z) where argmax is None, from that of y, dy.

        With s[c] = 1 / sqrt(variance[c] + epsilon), z[n, c] = (x[n, c] - mean[c]) s[c] and M = N H W:

        d = dy where y > 0 or y is NaN, else slope dy, or 0 where slope is 0
        g = d, or behind a pool g[n, c].flat[k] = sum of d[n, c, p, q] over all p, q with argmax[n, c, p, q] = k
        b[c] = sum of g[n, c, h, w] over n, h, w;  w[c] = sum of g[n, c, h, w] z[n, c, h, w];  dbias += b;  dweight += w
        dx[n, c] = weight[c] s[c] (g[n, c] - (b[c] + z[n, c] w[c]) / M) in training, otherwise weight[c] s[c] g[n, c]
        """
