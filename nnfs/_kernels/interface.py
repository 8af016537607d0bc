"""The contract between the layers and the kernels: every kernel's signature, shapes and formula.

Two modules have an object `kernels` that satisfies `Kernels`: `reference` (plain NumPy, the specification) and
`compiled` (typed Cython). What holds for every kernel:

- Arrays are C-contiguous, all of one dtype, float32 or float64. Images are (N, C, H, W).
- Positional arrays are read and never modified; keyword-only arrays belong to the caller and are
  written. An argument named ``dweight`` or ``dbias`` is *added to*; every other one is overwritten.
- Kernels validate nothing: sizes, types and overflow were settled above, in Python integers. But labels and places,
  which say where to read or write, are looked at before anything is written: ValueError where one points outside.
- An empty batch is legal: results are empty, and gradients of parameters stay as they are. No other size is 0.

Letters: N batch, C input channels, F filters, H W input rows and columns, KH KW kernel, P Q output
rows and columns, D input features, K output features or classes.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np

from .window import Padding as Padding
from .window import Window as Window

Array: TypeAlias = np.ndarray[tuple[Any, ...], np.dtype[Any]]


class Kernels(Protocol):
    """The operations that a training step spends its time in."""

    def pad2d_forward(self, x: Array, padding: Padding, *, y: Array) -> None:
        """Copy x (N, C, H, W) into the middle of y (N, C, top+H+bottom, left+W+right), zeros around it."""

    def pad2d_backward(self, dy: Array, padding: Padding, *, dx: Array) -> None:
        """Cut the middle out of dy: dx[n, c, h, w] = dy[n, c, h + top, w + left]."""

    def conv2d_forward(self, x: Array, weight: Array, bias: Array | None, window: Window, *, y: Array) -> None:
        """Cross-correlate x (N, C, H, W) with weight (F, C/G, KH, KW) into y (N, F, P, Q).

        y[n, f, p, q] = bias[f] + sum over c, i, j of weight[f, c, i, j] * x[n, g*C/G + c, h, w]

        with h, w from `Window`, x taken as 0 outside the image, G = C / weight.shape[1] groups, and
        g = f // (F/G) the group of the filter. ``bias`` (F,) may be None.

        The compiled kernels may convolve 3x3 windows with stride and dilation 1 in float32 by Winograd's way, and so
        their gradients. Errors are then about twice those of the direct way for numbers of one size, but a small number
        loses more beside a large one: a sum of K products w x (an output, or an element of a gradient) is at most
        K eps times the sum of |w| |x| from the exact one, where |x| is the largest at most 5 rows and columns away in
        its channel. What is not finite in an image makes not finite the outputs that meet it, NaN in place of infinity,
        and perhaps others at most 3 rows and columns further, but none beyond; so may numbers beyond 1e36.
        """

    def conv2d_backward_input(self, dy: Array, weight: Array, window: Window, *, dx: Array) -> None:
        """Write dx[n, g*C/G + c, h, w] = sum of weight[f, c, i, j] * dy[n, f, p, q] over all that meet there.

        A weight that is not finite may make NaN of any pixel of its channel.
        """

    def conv2d_backward_params(
        self, x: Array, dy: Array, window: Window, *, dweight: Array, dbias: Array | None
    ) -> None:
        """Add to dweight[f, c, i, j] the sum over n, p, q of x[n, g*C/G + c, h, w] * dy[n, f, p, q].

        Add to dbias[f] the sum over n, p, q of dy[n, f, p, q]; dbias may be None.
        """

    def maxpool2d_forward(self, x: Array, window: Window, *, y: Array, argmax: Array) -> None:
        """Take the largest pixel of each window of x (N, C, H, W) into y (N, C, P, Q).

        argmax (N, C, P, Q), int32, is where it stood: h * W + w. Cells in the padding never win.
        Ties go to the first in row-major order; a NaN beats every number, and the first NaN wins.
        """

    def maxpool2d_backward(self, dy: Array, argmax: Array, *, dx: Array) -> None:
        """Write dx[n, c].flat[k] = sum of dy[n, c, p, q] where argmax[n, c, p, q] = k; -1 stands for no pixel."""

    def avgpool2d_forward(self, x: Array, window: Window, count_include_pad: bool, *, y: Array) -> None:
        """Write the mean of each window of x (N, C, H, W) into y (N, C, P, Q); the window has no dilation.

        The sum over the real pixels is divided by the number of all cells of the window, or, unless
        ``count_include_pad``, by the number of real pixels, of which each window has one at least.
        """

    def avgpool2d_backward(self, dy: Array, window: Window, count_include_pad: bool, *, dx: Array) -> None:
        """Write dx[n, c, h, w] = sum of dy[n, c, p, q] / count[p, q] over the windows p, q that (h, w) is in."""

    def conv2d_relu_forward(
        self, x: Array, weight: Array, bias: Array | None, window: Window, slope: float, *, y: Array
    ) -> None:
        """Write y = relu(conv2d(x)), see `conv2d_forward` and `relu_forward`."""

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
        """Take what `relu_backward` writes for the gradient of the convolution's output, and go on from there.

        dweight and dbias are added to as `conv2d_backward_params` does, where terms with a gradient of 0 may be left
        out, whatever x they meet; where an x is not finite, any element of dweight may be NaN. dx is written, and may
        be None.
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
        """Write y = relu(maxpool2d(conv2d(x))), which is maxpool2d(relu(conv2d(x))): the two commute.

        argmax, int32, is where each maximum stood in the convolution's output (N, F, P, Q), before ReLU: p * Q + q.
        ``size`` is (P, Q), which no array here tells.
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
        """Give what `relu_backward` writes to the places argmax of the convolution's output, and go on from there.

        What pooling stopped has gradient 0, so that the output itself is not needed. dweight and dbias are added to as
        `conv2d_backward_params` does, where terms with a gradient of 0 may be left out, whatever x they meet; dx is
        written, and may be None.
        """

    def dense_forward(self, x: Array, weight: Array, bias: Array | None, *, y: Array) -> None:
        """Write y[n, k] = bias[k] + sum over d of x[n, d] * weight[k, d]; weight is (K, D)."""

    def dense_relu_forward(self, x: Array, weight: Array, bias: Array | None, slope: float, *, y: Array) -> None:
        """Write y = relu(dense(x)), see `dense_forward` and `relu_forward`."""

    def dense_backward_input(self, dy: Array, weight: Array, *, dx: Array) -> None:
        """Write dx[n, d] = sum over k of dy[n, k] * weight[k, d]."""

    def dense_backward_params(self, x: Array, dy: Array, *, dweight: Array, dbias: Array | None) -> None:
        """Add dy[n, k] * x[n, d], summed over n, to dweight[k, d], and dy[n, k] to dbias[k]."""

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
        """Take what `relu_backward` writes for the gradient of the dense layer's output, and go on from there.

        dweight and dbias are added to as `dense_backward_params` does; dx is written, and may be None.
        """

    def relu_forward(self, x: Array, slope: float, *, y: Array) -> None:
        """Write y = x where x > 0 or x is NaN, else slope x, for an array of any shape.

        0 <= slope <= 1, here and in all kernels with ReLU. A slope of 0, plain ReLU, writes 0 for infinity too.
        """

    def relu_backward(self, dy: Array, y: Array, slope: float, *, dx: Array) -> None:
        """Write dx = dy where y > 0 or y is NaN, else slope dy, or 0 where slope is 0: of 0 the slope is ``slope``."""

    def gelu_forward(self, x: Array, approximate: bool, *, y: Array) -> None:
        """Write y = x Phi(x) for an array of any shape, Phi the standard normal distribution.

        Phi(x) = erfc(-x / sqrt(2)) / 2, or where ``approximate`` Phi(x) = (1 + tanh u) / 2 = 1 / (1 + exp(-2 u))
        with u = sqrt(2 / pi) (x + 0.044715 x**3).
        """

    def gelu_backward(self, dy: Array, x: Array, approximate: bool, *, dx: Array) -> None:
        """Write dx = dy (Phi(x) + x Phi'(x)).

        Phi'(x) = exp(-x**2 / 2) / sqrt(2 pi), or where ``approximate`` Phi'(x) = 2 Phi(x) (1 - Phi(x)) du/dx.
        """

    def silu_forward(self, x: Array, *, y: Array) -> None:
        """Write y = x s(x) for an array of any shape, with s(x) = 1 / (1 + exp(-x))."""

    def silu_backward(self, dy: Array, x: Array, *, dx: Array) -> None:
        """Write dx = dy s(x) (1 + x (1 - s(x)))."""

    def elu_forward(self, x: Array, alpha: float, *, y: Array) -> None:
        """Write y = x where x > 0 or x is NaN, else alpha (exp(x) - 1), for an array of any shape."""

    def elu_backward(self, dy: Array, y: Array, alpha: float, *, dx: Array) -> None:
        """Write dx = dy where y > 0 or y is NaN, else dy (y + alpha)."""

    def softplus_forward(self, x: Array, beta: float, *, y: Array) -> None:
        """Write y = max(x, 0) + log(1 + exp(-|beta x|)) / beta for an array of any shape."""

    def softplus_backward(self, dy: Array, x: Array, beta: float, *, dx: Array) -> None:
        """Write dx = dy s(beta x), with s as in `silu_forward`."""

    def dropout(self, x: Array, key: int, rate: float, *, y: Array) -> None:
        """Write y[i] = x[i] / (1 - rate) where random number i is kept, else x[i] times 0, for an array of any shape.

        It is kept where its upper 32 bits are at least rate * 2**32. The numbers are those of SplitMix64 (Steele, Lea
        and Flood, 2014) begun at ``key``, 0 <= key < 2**64: the key that dropped from an output drops the same from the
        gradient.
        """

    def add_noise(self, x: Array, key: int, deviation: float, *, y: Array) -> None:
        """Write y[i] = x[i] + deviation sqrt(-2 log(u)) cos(2 pi v), a normal number (Box and Muller, 1958).

        For an array of any shape. With random number i of `dropout`, u is (its upper 32 bits + 1) / 2**32, and v is its
        lower 32 bits / 2**32.
        """

    def rotate2d(self, x: Array, cos: Array, sin: Array, *, y: Array) -> None:
        """Rotate each image of x (N, C, H, W) about its centre by the angle whose cosine and sine are cos and sin (N,).

        With i and j counted from the centre, down and to the right, y[n, c, i, j] is x[n, c] at row
        cos[n] i + sin[n] j and column cos[n] j - sin[n] i, by bilinear interpolation of the four pixels around, taken
        as 0 outside the image. What is no number counts as outside.
        """

    def batchnorm_forward(
        self, x: Array, weight: Array, bias: Array, epsilon: float, *, y: Array, mean: Array, variance: Array
    ) -> None:
        """Normalize each channel of x (N, C, L) by its own mean and variance, which are written, (C,).

        mean[c] = sum over n, l of x[n, c, l] / (N L);  variance[c] = sum over n, l of (x[n, c, l] - mean[c])**2 / (N L)

        y is what `batchnorm_apply` writes. For an empty batch nothing is written.
        """

    def batchnorm_apply(
        self, x: Array, mean: Array, variance: Array, weight: Array, bias: Array, epsilon: float, *, y: Array
    ) -> None:
        """Write y[n, c, l] = weight[c] (x[n, c, l] - mean[c]) / sqrt(variance[c] + epsilon) + bias[c]."""

    def batchnorm_backward(
        self,
        dy: Array,
        x: Array,
        mean: Array,
        variance: Array,
        weight: Array,
        epsilon: float,
        *,
        dweight: Array,
        dbias: Array,
        dx: Array | None,
    ) -> None:
        """Go back through `batchnorm_forward`; dx may be None.

        With s[c] = 1 / sqrt(variance[c] + epsilon) and z[n, c, l] = (x[n, c, l] - mean[c]) s[c]:

        add b[c] = sum over n, l of dy[n, c, l] to dbias, and w[c] = sum over n, l of dy[n, c, l] z[n, c, l] to dweight;
        dx[n, c, l] = weight[c] s[c] (dy[n, c, l] - (b[c] + z[n, c, l] w[c]) / (N L))
        """

    def layernorm_forward(
        self, x: Array, weight: Array, bias: Array, epsilon: float, *, y: Array, mean: Array, scale: Array
    ) -> None:
        """Normalize each row of x (N, D): y[n, d] = weight[d] (x[n, d] - mean[n]) scale[n] + bias[d].

        The row's mean[n], and scale[n] = 1 / sqrt(variance[n] + epsilon), are written too, (N,).
        """

    def layernorm_backward(
        self,
        dy: Array,
        x: Array,
        mean: Array,
        scale: Array,
        weight: Array,
        *,
        dweight: Array,
        dbias: Array,
        dx: Array | None,
    ) -> None:
        """Go back through `layernorm_forward`; dx may be None.

        With z[n, d] = (x[n, d] - mean[n]) scale[n] and g[n, d] = dy[n, d] weight[d]:

        add to dweight[d] the sum over n of dy[n, d] z[n, d], and to dbias[d] that of dy[n, d];
        dx[n, d] = scale[n] (g[n, d] - (sum over e of g[n, e] + z[n, d] sum over e of g[n, e] z[n, e]) / D)
        """

    def softmax_cross_entropy(self, logits: Array, labels: Array, *, dlogits: Array) -> float:
        """Return the mean over n of -log softmax(logits[n])[labels[n]], and write its gradient.

        labels is (N,) int64 with values in [0, K). dlogits (N, K) = (softmax(logits) - onehot) / N.
        """

    def mean_squared_error(self, y: Array, targets: Array, *, dy: Array) -> float:
        """Return the mean over all elements of (y - targets)**2; write dy = 2 (y - targets) / y.size."""

    def all_finite(self, x: Array) -> bool:
        """Return whether the vector x holds neither NaN nor infinity."""

    def fill(self, value: Array, *, out: Array) -> None:
        """Write the number of value (1,) to every element of the vector out."""

    def sgd_update(
        self,
        grad: Array,
        learning_rate: float,
        momentum: float,
        nesterov: bool,
        weight_decay: float,
        *,
        value: Array,
        velocity: Array,
    ) -> None:
        """Take one step of stochastic gradient descent on vectors of one length.

        g = grad + weight_decay * value;  velocity = momentum * velocity + g;
        value -= learning_rate * (g + momentum * velocity if nesterov else velocity)

        velocity is not touched, and may be empty, where momentum is 0.
        """

    def adam_update(
        self,
        grad: Array,
        learning_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        weight_decay: float,
        decoupled: bool,
        step: int,
        *,
        value: Array,
        mean: Array,
        square: Array,
    ) -> None:
        """Take one step of Adam, or of AdamW where ``decoupled``; ``step`` counts from 1.

        decoupled: value -= learning_rate * weight_decay * value, g = grad;
        else g = grad + weight_decay * value

        mean = beta1 * mean + (1 - beta1) * g;  square = beta2 * square + (1 - beta2) * g**2
        value -= learning_rate / (1 - beta1**step) * mean / (sqrt(square / (1 - beta2**step)) + epsilon)
        """

    def rmsprop_update(
        self,
        grad: Array,
        learning_rate: float,
        rho: float,
        epsilon: float,
        weight_decay: float,
        *,
        value: Array,
        square: Array,
    ) -> None:
        """Take one step of RMSprop.

        g = grad + weight_decay * value;  square = rho * square + (1 - rho) * g**2;
        value -= learning_rate * g / (sqrt(square) + epsilon)
        """


KERNEL_NAMES = tuple(name for name in vars(Kernels) if not name.startswith("_"))
