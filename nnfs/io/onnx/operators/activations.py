"""Operators that compute activations element by element, softmax and dropout."""

from __future__ import annotations

import math

import numpy as np

from ...._kernels import kernels
from ...._kernels.interface import Array
from ....errors import FormatError
from ...strict_json import short
from ..graph_size import check_array_size
from ..node import Node
from .arithmetic import common_shape
from .axes import as_axis


def relu(node: Node, x: Array) -> Array:
    """Return max(x, 0); NaN stays NaN."""
    return np.maximum(x, x.dtype.type(0))


def leaky_relu(node: Node, x: Array) -> Array:
    """Return x for x >= 0, else alpha x; alpha is an attribute of the node."""
    return np.where(x < 0, x * node.attributes["alpha"], x)


def elu(node: Node, x: Array) -> Array:
    """Return x for x > 0, else alpha (exp(x) - 1); alpha is an attribute of the node."""
    return np.where(x > 0, x, np.expm1(x) * node.attributes["alpha"])


def selu(node: Node, x: Array) -> Array:
    """Return gamma x for x > 0, else gamma alpha (exp(x) - 1); both factors are attributes of the node."""
    return elu(node, x) * x.dtype.type(node.attributes["gamma"])


def celu(node: Node, x: Array) -> Array:
    """Return x for x > 0, else alpha (exp(x / alpha) - 1); alpha is an attribute of the node."""
    alpha = node.attributes["alpha"]
    return np.where(x > 0, x, np.expm1(x / alpha) * alpha).astype(x.dtype, copy=False)


def prelu(node: Node, x: Array, slope: Array) -> Array:
    """Return x for x >= 0, else slope x; the slopes broadcast, or before opset 7 they are those of the channels."""
    if node.version < 7 and slope.size > 1:
        slope = slope.reshape(-1, *(1,) * (x.ndim - 2))
    check_array_size(common_shape(x.shape, slope.shape), x.dtype)
    return np.where(x < 0, x * slope, x)


def hard_sigmoid(node: Node, x: Array) -> Array:
    """Return alpha x + beta, cut to 0 and 1; alpha and beta are attributes of the node."""
    line = x * x.dtype.type(node.attributes["alpha"]) + x.dtype.type(node.attributes["beta"])
    return np.clip(line, 0, 1)


def hard_swish(node: Node, x: Array) -> Array:
    """Return x times x / 6 + 1 / 2, which is cut to 0 and 1 first."""
    return x * np.clip(x / 6 + x.dtype.type(0.5), 0, 1)


def mish(node: Node, x: Array) -> Array:
    """Return x tanh(softplus(x))."""
    return x * np.tanh(softplus(node, x))


def swish(node: Node, x: Array) -> Array:
    """Return x sigmoid(alpha x); alpha is an attribute of the node."""
    return x * sigmoid(node, x * x.dtype.type(node.attributes["alpha"]))


def softsign(node: Node, x: Array) -> Array:
    """Return x / (1 + abs(x))."""
    return x / (1 + np.abs(x))


def softplus(node: Node, x: Array) -> Array:
    """Return log(1 + exp(x)), computed so that exp does not overflow."""
    return np.logaddexp(x, x.dtype.type(0))


def gelu(node: Node, x: Array) -> Array:
    """Return x Phi(x) with the standard normal distribution function Phi, or its approximation by tanh."""
    mode = node.attributes["approximate"]
    if mode not in ("none", "tanh"):
        raise FormatError(f"attribute approximate: got {short(mode)}, wanted none or tanh")
    wide = np.require(x, np.float32 if x.dtype == np.float16 else x.dtype, ("C", "A"))
    y = np.empty_like(wide)
    kernels.gelu_forward(wide, mode == "tanh", y=y)
    return y.astype(x.dtype, copy=False)


def sigmoid(node: Node, x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return np.reciprocal(np.exp(-x) + 1)


def tanh(node: Node, x: Array) -> Array:
    """Return tanh(x)."""
    return np.tanh(x)


def clip(node: Node, x: Array, minimum: Array | None = None, maximum: Array | None = None) -> Array:
    """Return min(max(x, minimum), maximum); before opset 11 the limits are attributes."""
    if node.version < 11:
        limits = (node.attributes.get(name) for name in ("min", "max"))
        # The default is the largest number of float32, which becomes infinity in float16.
        minimum, maximum = (None if limit is None else np.asarray(limit).astype(x.dtype) for limit in limits)
    for name, limit in (("min", minimum), ("max", maximum)):
        if limit is not None and limit.ndim and limit.shape != (1,):
            raise FormatError(f"input {name}: got shape {limit.shape}, wanted one number")
    y = x if minimum is None else np.maximum(x, minimum.reshape(()))
    return y if maximum is None else np.minimum(y, maximum.reshape(()))


def softmax(node: Node, x: Array) -> Array:
    """Return exp(x) / sum of exp(x) over the node's axis; before opset 13, over all axes from this axis on."""
    rows, axis = _rows(node, x)
    if not x.size:
        return x  # the sums of an empty array may take any amount of memory
    exponentials = np.exp(_shifted(rows, axis))
    return (exponentials / exponentials.sum(axis=axis, keepdims=True)).reshape(x.shape)


def log_softmax(node: Node, x: Array) -> Array:
    """Return the logarithm of `softmax`, which stays finite where softmax underflows to 0."""
    rows, axis = _rows(node, x)
    if not x.size:
        return x
    shifted = _shifted(rows, axis)
    return (shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))).reshape(x.shape)


def dropout(
    node: Node, x: Array, ratio: Array | None = None, training: Array | None = None
) -> Array | tuple[Array, Array]:
    """Return x m / (1 - ratio) and the mask m of zeros and ones; outside training return x and ones.

    A node with a seed draws the random numbers of ONNX's reference evaluator, from NumPy's old generator.
    """
    attributes = node.attributes
    if node.version < 12:
        share, is_training = attributes["ratio"], node.version < 7 and not attributes["is_test"]
    else:
        share = 0.5 if ratio is None else float(one_number(ratio, "ratio"))
        is_training = training is not None and bool(one_number(training, "training_mode"))
    mask_dtype = np.dtype(bool) if node.version >= 10 else x.dtype
    if not is_training or share == 0:
        return x if len(node.outputs) == 1 else (x, np.ones(x.shape, mask_dtype))
    if not 0 <= share < 1:
        raise FormatError(f"ratio: got {share}, wanted 0 <= ratio < 1")
    seed = attributes.get("seed")
    uniform = np.random.default_rng().random if seed is None else np.random.RandomState(seed % 2**32).random_sample
    mask = uniform(x.shape) >= share
    y = (x * mask / (1 - share)).astype(x.dtype, copy=False)
    return y if len(node.outputs) == 1 else (y, mask.astype(mask_dtype))


def one_number(array: Array, name: str) -> Array:
    """Return the only number of the input ``name`` as an array of shape (); raise FormatError for more or none."""
    if array.size != 1:
        raise FormatError(f"input {name}: got shape {array.shape}, wanted one number")
    return array.reshape(())


def _rows(node: Node, x: Array) -> tuple[Array, int]:
    """Return x and the axis over which softmax sums; before opset 13, x becomes a matrix and the axis is 1."""
    if node.version >= 13:
        return x, as_axis(node.attributes["axis"], x.ndim)
    axis = as_axis(node.attributes["axis"], x.ndim, end=True)
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:])), 1


def _shifted(rows: Array, axis: int) -> Array:
    """Subtract the largest number along the axis, so that exp does not overflow; softmax does not change by it."""
    return rows - rows.max(axis=axis, keepdims=True)
