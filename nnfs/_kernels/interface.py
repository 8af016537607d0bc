"""The contract between the layers and the kernels: every kernel's signature, shapes and formula.

Two modules have an object `kernels` that satisfies `Kernels`: `reference` (plain NumPy, the specification) and
`compiled` (typed Cython). What holds for every kernel:

- Arrays are C-contiguous, all of one dtype, float32 or float64. Images are (N, C, H, W).
- Positional arrays are read and never modified; keyword-only arrays belong to the caller and are written. An argument
  named ``dweight`` or ``dbias`` is *added to*, every other one is overwritten; one that is None is not computed.
- The layers check sizes, types and overflow; the kernels do not. But a kernel checks labels and argmax, which index
  memory, before it writes anything: it raises ValueError where one points outside its row or image.
- An empty batch is legal: results are empty, and gradients of parameters stay as they are. No other size is 0.

Letters: N batch, C input channels, G groups, F filters, H W input rows and columns, KH KW kernel, P Q output rows and
columns, D input features, K output features or classes. g = f // (F/G) is the group of filter f. h and w are the row
and column of the input that `Window` gives for cell (i, j) at output (p, q); outside the image x counts as 0.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np

from .window import Padding as Padding
from .window import Window as Window

Array: TypeAlias = np.ndarray[tuple[Any, ...], np.dtype[Any]]


class Kernels(Protocol):
    """The kernels that each backend has: functions for the arithmetic of layers, losses and optimizers."""

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

        A product with dz = 0 may be left out, even where x is NaN.
        """

    def dense_forward(self, x: Array, weight: Array, bias: Array | None, *, y: Array) -> None:
        """Write y[n, k] = bias[k] + sum over d of x[n, d] * weight[k, d]; weight is (K, D)."""

    def dense_relu_forward(self, x: Array, weight: Array, bias: Array | None, slope: float, *, y: Array) -> None:
        """Write y = z where z > 0 or z is NaN, else slope z, with z (N, K) what `dense_forward` writes."""

    def dense_backward_input(self, dy: Array, weight: Array, *, dx: Array) -> None:
        """Write dx[n, d] = sum over k of dy[n, k] * weight[k, d]."""

    def dense_backward_params(self, x: Array, dy: Array, *, dweight: Array, dbias: Array | None) -> None:
        """Add the sum over n of dy[n, k] * x[n, d] to dweight[k, d], and the sum over n of dy[n, k] to dbias[k]."""

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

    def relu_forward(self, x: Array, slope: float, *, y: Array) -> None:
        """Write y = x where x > 0 or x is NaN, else slope x, for an array of any shape, with 0 <= slope <= 1.

        Where slope is 0, which is plain ReLU, y is 0 for x = -infinity too, not NaN.
        """

    def relu_backward(self, dy: Array, y: Array, slope: float, *, dx: Array) -> None:
        """Write dx = dy where y > 0 or y is NaN, else slope dy, or 0 where slope is 0; y is ReLU's output."""

    def gelu_forward(self, x: Array, approximate: bool, *, y: Array) -> None:
        """Write y = x Phi(x) for an array of any shape, Phi the standard normal distribution.

        Phi(x) = erfc(-x / sqrt(2)) / 2, or where ``approximate`` Phi(x) = (1 + tanh u) / 2 = 1 / (1 + exp(-2 u))
        with u = sqrt(2 / pi) (x + 0.044715 x**3).
        """

    def gelu_backward(self, dy: Array, x: Array, approximate: bool, *, dx: Array) -> None:
        """Write dx = dy (Phi(x) + x Phi'(x)), Phi the standard normal distribution as in `gelu_forward`.

        Phi'(x) = exp(-x**2 / 2) / sqrt(2 pi), or where ``approximate`` Phi'(x) = 2 Phi(x) (1 - Phi(x)) du/dx.
        """

    def silu_forward(self, x: Array, *, y: Array) -> None:
        """Write y = x s(x) for an array of any shape, with s(x) = 1 / (1 + exp(-x))."""

    def silu_backward(self, dy: Array, x: Array, *, dx: Array) -> None:
        """Write dx = dy s(x) (1 + x (1 - s(x))), with s(x) = 1 / (1 + exp(-x))."""

    def elu_forward(self, x: Array, alpha: float, *, y: Array) -> None:
        """Write y = x where x > 0 or x is NaN, else alpha (exp(x) - 1), for an array of any shape."""

    def elu_backward(self, dy: Array, y: Array, alpha: float, *, dx: Array) -> None:
        """Write dx = dy where y > 0 or y is NaN, else dy (y + alpha); y is the output of ELU."""

    def softplus_forward(self, x: Array, beta: float, *, y: Array) -> None:
        """Write y = max(x, 0) + log(1 + exp(-|beta x|)) / beta for an array of any shape."""

    def softplus_backward(self, dy: Array, x: Array, beta: float, *, dx: Array) -> None:
        """Write dx = dy s(beta x), with s(v) = 1 / (1 + exp(-v))."""

    def dropout(self, x: Array, key: int, rate: float, *, y: Array) -> None:
        """Write y[i] = x[i] / (1 - rate) where element i is kept, else x[i] times 0, for an array of any shape.

        Element i is kept where the upper 32 bits of number i of SplitMix64 (Steele, Lea and Flood, 2014), begun at
        ``key``, 0 <= key < 2**64, are at least rate * 2**32. Backward, call it with dy as x, and the key of the output.
        """

    def add_noise(self, x: Array, key: int, deviation: float, *, y: Array) -> None:
        """Write y[i] = x[i] + deviation sqrt(-2 log(u)) cos(2 pi v), a normal number (Box and Muller, 1958).

        For an array of any shape. r being number i of SplitMix64 begun at ``key``, 0 <= key < 2**64, u is (the upper
        32 bits of r + 1) / 2**32, and v is the lower 32 bits of r / 2**32.
        """

    def rotate2d(self, x: Array, cos: Array, sin: Array, *, y: Array) -> None:
        """Rotate each image of x (N, C, H, W) about its centre by the angle whose cosine and sine are cos and sin (N,).

        With i and j counted from the centre, down and to the right, y[n, c, i, j] is x[n, c] at row
        cos[n] i + sin[n] j and column cos[n] j - sin[n] i, by bilinear interpolation of the four pixels around, taken
        as 0 outside the image. A row or column that is NaN counts as outside.
        """

    def batchnorm_forward(
        self, x: Array, weight: Array, bias: Array, epsilon: float, *, y: Array, mean: Array, variance: Array
    ) -> None:
        """Normalize each channel of x (N, C, L); write its mean and variance, (C,), too. Where N is 0, write nothing.

        mean[c] = sum over n, l of x[n, c, l] / (N L);  variance[c] = sum over n, l of (x[n, c, l] - mean[c])**2 / (N L)

        y[n, c, l] = weight[c] (x[n, c, l] - mean[c]) / sqrt(variance[c] + epsilon) + bias[c]
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
        """Compute the gradients of batch normalization of x (N, C, L); weight, mean and variance are (C,).

        With s[c] = 1 / sqrt(variance[c] + epsilon) and z[n, c, l] = (x[n, c, l] - mean[c]) s[c]:

        b[c] = sum over n, l of dy[n, c, l];  w[c] = sum over n, l of dy[n, c, l] z[n, c, l];  dbias += b;  dweight += w
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
        """Compute the gradients of layer normalization of x (N, D); weight is (D,), mean and scale are (N,).

        With z[n, d] = (x[n, d] - mean[n]) scale[n] and g[n, d] = dy[n, d] weight[d]:

        dweight[d] += sum over n of dy[n, d] z[n, d];  dbias[d] += sum over n of dy[n, d]
        dx[n, d] = scale[n] (g[n, d] - (sum over e of g[n, e] + z[n, d] sum over e of g[n, e] z[n, e]) / D)
        """

    def softmax_cross_entropy(self, logits: Array, labels: Array, *, dlogits: Array) -> float:
        """Return the mean over n of -log softmax(logits[n])[labels[n]], and write its gradient to dlogits (N, K).

        labels is (N,) int64 with values in [0, K). dlogits = (softmax(logits) - onehot(labels)) / N.
        """

    def mean_squared_error(self, y: Array, targets: Array, *, dy: Array) -> float:
        """Return the mean over all elements of (y - targets)**2; write dy = 2 (y - targets) / y.size."""

    def all_finite(self, x: Array) -> bool:
        """Return whether the vector x holds neither NaN nor infinity."""

    def fill(self, value: Array, *, out: Array) -> None:
        """Write value[0] to every element of the vector out; value is (1,)."""

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

        Where momentum is 0, value -= learning_rate * g; velocity is not read or written, and may be empty.
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
