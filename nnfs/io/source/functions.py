"""What layers compute when a network predicts, in NumPy alone, written to be read.

`nnfs.io.python` copies the functions that a network needs into its file, comments included. x is a batch (N, ...).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def dense(x: Array, weight: Array, bias: Array | None) -> Array:
    """Return y = x W^T + b: each output is a weighted sum of all inputs."""
    y = x @ weight.T
    return y if bias is None else y + bias


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
    groups: int,
) -> Array:
    """Return y[f, p, q] = b[f] + sum over c, i, j of w[f, c, i, j] x[c, h, k].

    Here h = p stride + i dilation - top, and k = q stride + j dilation - left. Beyond the image, x is 0. Each cell
    (i, j) of the kernel adds its share of a shifted image to the outputs.
    """
    filters, channels, kernel_rows, kernel_columns = weight.shape
    top, bottom, left, right = padding
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    rows = (x.shape[2] - dilation[0] * (kernel_rows - 1) - 1) // stride[0] + 1
    columns = (x.shape[3] - dilation[1] * (kernel_columns - 1) - 1) // stride[1] + 1
    y = np.zeros((len(x), filters, rows, columns), x.dtype)
    for i in range(kernel_rows):
        for j in range(kernel_columns):
            h, w = i * dilation[0], j * dilation[1]
            pixels = x[:, :, h : h + rows * stride[0] : stride[0], w : w + columns * stride[1] : stride[1]]
            pixels = pixels[:, :, :rows, :columns].reshape(len(x), groups, channels, rows * columns)
            matrices = weight[:, :, i, j].reshape(groups, filters // groups, channels)
            y += (matrices @ pixels).reshape(y.shape)
    return y if bias is None else y + bias[:, None, None]


def conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None,
    output_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
    groups: int,
) -> Array:
    """Return y[f, p, q] = b[f] + sum of x[c, h, w] w[c, f, i, j] where p = h stride + i dilation - top, and q alike.

    Each pixel adds a weighted kernel to the outputs; what lies beyond the output image is cut off.
    """
    n, channels, rows, columns = x.shape
    filters, (kernel_rows, kernel_columns) = weight.shape[1] * groups, weight.shape[2:]
    top, bottom, left, right = padding
    y = np.zeros((n, filters, top + output_size[0] + bottom, left + output_size[1] + right), x.dtype)
    pixels = x.reshape(n, groups, channels // groups, rows * columns)
    for i in range(kernel_rows):
        for j in range(kernel_columns):
            h, w = i * dilation[0], j * dilation[1]
            matrices = weight[:, :, i, j].reshape(groups, channels // groups, filters // groups).transpose(0, 2, 1)
            part = y[:, :, h : h + rows * stride[0] : stride[0], w : w + columns * stride[1] : stride[1]]
            part[:, :, :rows, :columns] += (matrices @ pixels).reshape(n, filters, rows, columns)
    y = y[:, :, top : top + output_size[0], left : left + output_size[1]]
    return y if bias is None else y + bias[:, None, None]


def max_pool2d(
    x: Array, output_size: tuple[int, int], size: tuple[int, int], stride: tuple[int, int], corner: tuple[int, int]
) -> Array:
    """Return as y[c, p, q] the largest pixel of a window that begins at (p stride - top, q stride - left) = corner."""
    y = np.full((*x.shape[:2], *output_size), -np.inf, x.dtype)
    for p, q in np.ndindex(*output_size):
        h, w = p * stride[0] - corner[0], q * stride[1] - corner[1]
        pixels = x[:, :, max(h, 0) : max(h + size[0], 0), max(w, 0) : max(w + size[1], 0)]
        y[:, :, p, q] = pixels.max(axis=(2, 3), initial=-np.inf)
    return y


def avg_pool2d(
    x: Array,
    output_size: tuple[int, int],
    size: tuple[int, int],
    stride: tuple[int, int],
    corner: tuple[int, int],
    count_include_pad: bool,
) -> Array:
    """Return as y[c, p, q] the sum of a window's pixels, over the number of its cells or of these pixels."""
    y = np.zeros((*x.shape[:2], *output_size), x.dtype)
    for p, q in np.ndindex(*output_size):
        h, w = p * stride[0] - corner[0], q * stride[1] - corner[1]
        pixels = x[:, :, max(h, 0) : max(h + size[0], 0), max(w, 0) : max(w + size[1], 0)]
        count = size[0] * size[1] if count_include_pad else pixels.shape[2] * pixels.shape[3]
        y[:, :, p, q] = pixels.sum(axis=(2, 3)) / count
    return y


def global_avg_pool(x: Array) -> Array:
    """Return as y[c] the mean of all pixels of channel c."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:])).mean(axis=2)


def global_max_pool(x: Array) -> Array:
    """Return as y[c] the largest pixel of channel c."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:])).max(axis=2)


def upsample2d_nearest(x: Array, factors: tuple[int, int]) -> Array:
    """Repeat each pixel: y[c, p, q] = x[c, floor(p / rows), floor(q / columns)]."""
    return x.repeat(factors[0], axis=2).repeat(factors[1], axis=3)


def upsample2d_bilinear(x: Array, factors: tuple[int, int]) -> Array:
    """Draw straight lines between the centres of pixels; beyond the edge stands the edge.

    Output p lies at u = (p + 1/2) / factor - 1/2 of the input, between pixel h = floor(u) and the next one:
    y[p] = (1 - t) x[h] + t x[h + 1] with t = u - h, for the rows and then for the columns.
    """
    for axis, factor in zip((2, 3), factors, strict=True):
        size = x.shape[axis]
        place = 2 * np.arange(size * factor) + 1 + factor  # 2 factor (u + 1), a whole number
        h = place // (2 * factor) - 1
        t = (place % (2 * factor) / (2 * factor)).astype(x.dtype)
        t = t[:, None] if axis == 2 else t
        x = (1 - t) * x.take(np.maximum(h, 0), axis) + t * x.take(np.minimum(h + 1, size - 1), axis)
    return x


def pad2d(x: Array, padding: tuple[int, int, int, int]) -> Array:
    """Put a border of zeros around each image."""
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))


def reshape(x: Array, into: tuple[int, ...]) -> Array:
    """Read the numbers of each sample, in their order, as another shape."""
    return x.reshape(len(x), *into)


def add(x: Array, shortcut: Array) -> Array:
    """Return y = x + shortcut."""
    return x + shortcut


def permute(x: Array, dims: tuple[int, ...]) -> Array:
    """Put the axes of samples in another order."""
    return x.transpose(0, *dims)


def gate(x: Array, body: Array) -> Array:
    """Return y = x body, where an axis of size 1 of the body stands for all of that axis of x."""
    return x * body


def concat(*parts: Array) -> Array:
    """Lay arrays one behind the other along the first axis of a sample."""
    return np.concatenate(parts, axis=1)


def normalization(x: Array, mean: Array, scale: Array) -> Array:
    """Return y[c] = (x[c] - mean[c]) / scale[c]."""
    shape = (-1, *(1,) * (x.ndim - 2))
    return (x - mean.reshape(shape)) / scale.reshape(shape)


def batch_norm(x: Array, weight: Array, bias: Array, mean: Array, variance: Array, epsilon: float) -> Array:
    """Return y[c] = w[c] (x[c] - mean[c]) / sqrt(variance[c] + epsilon) + b[c]."""
    shape = (-1, *(1,) * (x.ndim - 2))
    scale = weight / np.sqrt(variance + epsilon)
    return (x - mean.reshape(shape)) * scale.reshape(shape) + bias.reshape(shape)


def layer_norm(x: Array, weight: Array, bias: Array, epsilon: float) -> Array:
    """Return y = w (x - mean) / sqrt(variance + epsilon) + b, with the mean and the variance of the last axes of x."""
    axes = tuple(range(-weight.ndim, 0))
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return weight * ((x - mean) / np.sqrt(variance + epsilon)) + bias


def group_norm(x: Array, weight: Array, bias: Array, groups: int, epsilon: float) -> Array:
    """Return y[c] = w[c] z[c] + b[c], where z = (x - mean) / sqrt(variance + epsilon) for each group of channels."""
    z = x.reshape(len(x), groups, math.prod(x.shape[1:]) // groups)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + epsilon)
    shape = (-1, *(1,) * (x.ndim - 2))
    return weight.reshape(shape) * z.reshape(x.shape) + bias.reshape(shape)


def log_softmax(x: Array) -> Array:
    """Return y[k] = x[k] - log(sum over j of exp(x[j])), with the largest x taken away first, against overflow."""
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def softmax(x: Array) -> Array:
    """Return y[k] = exp(x[k]) / sum over j of exp(x[j]), with the largest x taken away first, against overflow."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def relu(x: Array) -> Array:
    """Return y = max(x, 0)."""
    return np.maximum(x, 0)


def leaky_relu(x: Array, slope: float) -> Array:
    """Return y = x where x > 0, else slope x."""
    return np.where(x > 0, x, slope * x)


def clip(x: Array, minimum: float, maximum: float) -> Array:
    """Return y = min(max(x, minimum), maximum)."""
    return np.clip(x, minimum, maximum)


def hard_sigmoid(x: Array, slope: float, offset: float) -> Array:
    """Return y = min(max(slope x + offset, 0), 1)."""
    return np.clip(slope * x + offset, 0, 1)


def hard_swish(x: Array) -> Array:
    """Return y = x min(max(x / 6 + 1 / 2, 0), 1)."""
    return x * hard_sigmoid(x, 1 / 6, 0.5)


def elu(x: Array, alpha: float) -> Array:
    """Return y = x where x > 0, else alpha (exp(x) - 1)."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def sigmoid(x: Array) -> Array:
    """Return y = 1 / (1 + exp(-x)), computed with exp(-|x|), which cannot overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def tanh(x: Array) -> Array:
    """Return y = tanh(x)."""
    return np.tanh(x)


def silu(x: Array) -> Array:
    """Return y = x / (1 + exp(-x))."""
    return x * sigmoid(x)


def softsign(x: Array) -> Array:
    """Return y = x / (1 + |x|)."""
    return x / (1 + np.abs(x))


def mish(x: Array) -> Array:
    """Return y = x tanh(log(1 + exp(x)))."""
    return x * np.tanh(softplus(x, 1))


def softplus(x: Array, beta: float) -> Array:
    """Return y = log(1 + exp(beta x)) / beta."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(beta * x))) / beta


def gelu(x: Array) -> Array:
    """Return y = x Phi(x), where Phi(x) = erfc(-x / sqrt(2)) / 2 is the distribution of a standard normal number."""
    erfc = np.vectorize(math.erfc, otypes=[np.float64])
    return x * (erfc(x / -math.sqrt(2)) / 2).astype(x.dtype)


def gelu_tanh(x: Array) -> Array:
    """Return y = x (1 + tanh(z)) / 2 with z = sqrt(2 / pi) (x + 0.044715 x^3), which is nearly `gelu`."""
    return x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
