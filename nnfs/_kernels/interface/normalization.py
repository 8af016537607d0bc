"""The contract of the kernels of normalization; `interface` explains the letters of its formulas."""

from __future__ import annotations

from typing import Protocol

from ..array import Array


class NormalizationKernels(Protocol):
    """Kernels of batch and layer normalization."""

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
