"""Naive loops for every kernel: one element at a time, in float64, by the formulas of the contract."""

from __future__ import annotations

import copy
import functools
import math
from itertools import product

import numpy as np


def remembered(oracle):
    """Return the oracle with a cache: it runs once for equal arguments, though each build and backend calls it."""
    known = {}

    @functools.wraps(oracle)
    def remember(*arguments):
        key = tuple((a.dtype, a.shape, a.tobytes()) if isinstance(a, np.ndarray) else a for a in arguments)
        if key not in known:
            known[key] = oracle(*arguments)
        return copy.deepcopy(known[key])

    return remember


def pad2d(x, padding):
    top, bottom, left, right = padding
    n, c, h, w = x.shape
    y = np.zeros((n, c, top + h + bottom, left + w + right), x.dtype)
    for index in np.ndindex(x.shape):
        y[index[0], index[1], index[2] + top, index[3] + left] = x[index]
    return y


def output_size(image_size, window):
    """Return the output size (P, Q) of a window on an image of size (H, W)."""
    top, bottom, left, right = window.padding
    padded = image_size[0] + top + bottom, image_size[1] + left + right
    reach = [(size - 1) * dilation + 1 for size, dilation in zip(window.size, window.dilation, strict=True)]
    return tuple((padded[axis] - reach[axis]) // window.stride[axis] + 1 for axis in (0, 1))


def meetings(window, image_size, out_size):
    """Yield each (p, q, i, j, h, w) where a window cell meets a real pixel."""
    for p, q, i, j in product(*map(range, (*out_size, *window.size))):
        h = p * window.stride[0] + i * window.dilation[0] - window.padding[0]
        w = q * window.stride[1] + j * window.dilation[1] - window.padding[2]
        if 0 <= h < image_size[0] and 0 <= w < image_size[1]:
            yield p, q, i, j, h, w


@remembered
def conv2d(x, weight, bias, window):
    """Return the convolution y, and the sums of absolute values, which rounding errors are relative to."""
    channels = weight.shape[1]
    group_filters = len(weight) * channels // x.shape[1]
    y = np.zeros((len(x), len(weight), *output_size(x.shape[2:], window)))
    size = np.zeros_like(y)
    x, weight = x.astype(float), weight.astype(float)
    for p, q, i, j, h, w in meetings(window, x.shape[2:], y.shape[2:]):
        for f in range(len(weight)):
            first = f // group_filters * channels
            for c in range(channels):
                terms = weight[f, c, i, j] * x[:, first + c, h, w]
                y[:, f, p, q] += terms
                size[:, f, p, q] += abs(terms)
    if bias is not None:
        y += bias.reshape(1, -1, 1, 1)
        size += abs(bias).reshape(1, -1, 1, 1)
    return y, size


@remembered
def conv2d_gradients(x, weight, dy, window):
    """Return the gradients dx, dweight and dbias of a convolution."""
    channels = weight.shape[1]
    group_filters = len(weight) * channels // x.shape[1]
    x, weight, dy = x.astype(float), weight.astype(float), dy.astype(float)
    dx, dweight = np.zeros_like(x), np.zeros_like(weight)
    for p, q, i, j, h, w in meetings(window, x.shape[2:], dy.shape[2:]):
        for f in range(len(weight)):
            first = f // group_filters * channels
            for c in range(channels):
                dx[:, first + c, h, w] += weight[f, c, i, j] * dy[:, f, p, q]
                dweight[f, c, i, j] += sum(x[:, first + c, h, w] * dy[:, f, p, q])
    return dx, dweight, dy.sum(axis=(0, 2, 3))


@remembered
def maxpool2d(x, window):
    n, channels, _, width = x.shape
    out_size = output_size(x.shape[2:], window)
    y, argmax = np.zeros((n, channels, *out_size), x.dtype), np.full((n, channels, *out_size), -1, np.int32)
    for p, q, _, _, h, w in meetings(window, x.shape[2:], out_size):
        for image, c in product(range(n), range(channels)):
            here, best = x[image, c, h, w], y[image, c, p, q]
            unset = argmax[image, c, p, q] < 0
            if unset or here > best or (math.isnan(here) and not math.isnan(best)):
                y[image, c, p, q], argmax[image, c, p, q] = here, h * width + w
    return y, argmax


def maxpool2d_gradient(dy, argmax, shape):
    dx = np.zeros(shape, dy.dtype)
    for n, c, p, q in np.ndindex(dy.shape):
        dx[n, c].flat[argmax[n, c, p, q]] += dy[n, c, p, q]
    return dx


@remembered
def dense(x, weight, bias):
    y = np.zeros((len(x), len(weight)))
    for n, k in np.ndindex(y.shape):
        y[n, k] = sum(float(a) * float(b) for a, b in zip(x[n], weight[k], strict=True))
        if bias is not None:
            y[n, k] += bias[k]
    return y


@remembered
def dense_gradients(x, weight, dy):
    """Return the gradients dx, dweight and dbias of a dense layer."""
    dx, dweight, dbias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(len(weight))
    for n, k in np.ndindex(dy.shape):
        dbias[k] += dy[n, k]
        for d in range(x.shape[1]):
            dx[n, d] += float(dy[n, k]) * weight[k, d]
            dweight[k, d] += float(dy[n, k]) * x[n, d]
    return dx, dweight, dbias


def softmax_cross_entropy(logits, labels):
    loss, gradient = 0.0, np.zeros(logits.shape)
    for n, row in enumerate(logits.astype(float)):
        exponentials = [math.exp(value - max(row)) for value in row]
        probabilities = [value / sum(exponentials) for value in exponentials]
        loss -= math.log(probabilities[labels[n]])
        for k, probability in enumerate(probabilities):
            gradient[n, k] = (probability - (k == labels[n])) / len(logits)
    return loss / len(logits), gradient


def mean_squared_error(y, targets):
    differences = [float(a) - float(b) for a, b in zip(y.flat, targets.flat, strict=True)]
    gradient = np.array([2 * difference / y.size for difference in differences]).reshape(y.shape)
    return sum(difference**2 for difference in differences) / y.size, gradient


def central_difference(function, point, direction, step=1e-5):
    """Return the directional derivative of a scalar function of a float64 array."""
    return (function(point + step * direction) - function(point - step * direction)) / (2 * step)


@remembered
def avgpool2d(x, window, count_include_pad):
    """Return the average pooling y, and the divisor of each mean."""
    out_size = output_size(x.shape[2:], window)
    total, count = np.zeros((*x.shape[:2], *out_size)), np.zeros(out_size)
    for p, q, _, _, h, w in meetings(window, x.shape[2:], out_size):
        total[:, :, p, q] += x[:, :, h, w]
        count[p, q] += 1
    if count_include_pad:
        count.fill(window.size[0] * window.size[1])
    return total / count, count


def avgpool2d_gradient(dy, window, count, shape):
    dx = np.zeros(shape)
    for p, q, _, _, h, w in meetings(window, shape[2:], dy.shape[2:]):
        dx[:, :, h, w] += dy[:, :, p, q] / count[p, q]
    return dx


def normalize(values, epsilon):
    """Return the normalized numbers of a list, their mean and their variance."""
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
    return [(value - mean) / math.sqrt(variance + epsilon) for value in values], mean, variance


def batchnorm(x, weight, bias, epsilon):
    """Return the batch normalization y of x (N, C, L), and mean and variance (C,) of its channels."""
    y, mean, variance = np.zeros(x.shape), np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for c in range(x.shape[1]):
        normal, mean[c], variance[c] = normalize(x[:, c].astype(float).ravel().tolist(), epsilon)
        y[:, c] = weight[c] * np.reshape(normal, y[:, c].shape) + bias[c]
    return y, mean, variance


def layernorm(x, weight, bias, epsilon):
    """Return the layer normalization y of x (N, D), and mean and variance (N,) of its rows."""
    y, mean, variance = np.zeros(x.shape), np.zeros(len(x)), np.zeros(len(x))
    for n, row in enumerate(x.astype(float).tolist()):
        normal, mean[n], variance[n] = normalize(row, epsilon)
        y[n] = weight * np.array(normal) + bias
    return y, mean, variance
