"""How each operator becomes a layer: one function an operator, in one table.

Each is given its node, the path so far, and the node's other inputs as arrays; None is one that is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...errors import FormatError, UnsupportedError
from ...layers import (
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    MaxPool2D,
    Padding2D,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from ...shapes import Shape
from .node import Node
from .operators.arithmetic import gemm_terms
from .operators.arrangement import border, reshape_target, reshaped
from .operators.axes import as_axis
from .operators.windows import kernel_shape, pair, place
from .steps import Step


def _gemm(node: Node, x: Step, b: Array | None, c: Array | None = None) -> Step:
    if node.attributes["transA"]:
        raise UnsupportedError("attribute transA: got 1, wanted 0: the samples are the rows")
    weight, bias = gemm_terms(node, _matrix(b), c)
    return _dense(x, weight, bias)


def _matmul(node: Node, x: Step, b: Array | None) -> Step:
    return _dense(x, _matrix(b), None)


def _matrix(b: Array | None) -> Array:
    if b is None or b.ndim != 2:
        raise UnsupportedError("input B: wanted a constant matrix, the weights")
    return b


def _dense(x: Step, weight: Array, bias: Array | None) -> Step:
    """Return a fully connected layer with weight (D, K) and a bias that broadcasts to (1, K)."""
    features, units = weight.shape
    if x.shape != (features,):
        raise UnsupportedError(f"input B: got shape {weight.shape} for samples of shape {x.shape}; wanted rows alone")
    row = None if bias is None else _per_channel(bias, (units,))
    return x.then(Dense(units, use_bias=bias is not None), weight=np.ascontiguousarray(weight.T), bias=row)


def _per_channel(values: Array, shape: Shape) -> Array:
    """Return one number for each channel, from an array that broadcasts to samples of this shape."""
    rank = len(shape) + 1
    sizes = (1,) * (rank - values.ndim) + values.shape
    if len(sizes) != rank or sizes[0] != 1 or sizes[1] not in (1, shape[0]) or any(size != 1 for size in sizes[2:]):
        raise UnsupportedError(f"got a constant of shape {values.shape}, wanted one number a channel, {shape[0]}")
    return np.array(np.broadcast_to(values.reshape(sizes[1]), shape[:1]))


def _add(node: Node, x: Step, values: Array | None) -> Step:
    """Give the bias to the layer before, which has none yet."""
    if node.version < 7:
        raise UnsupportedError("to_network reads Add from opset 7 on")
    layer = x.layer
    if values is None or x.before is None or not isinstance(layer, Dense | Conv2D) or layer.use_bias:
        raise UnsupportedError("wanted a constant to be added to a layer without a bias")
    bias = _per_channel(values, x.shape)
    biased = type(layer)(**layer.config() | {"use_bias": True})
    return x.before.then(biased, **{name: array for _, name, array in x.weights}, bias=bias)


def _conv(node: Node, x: Step, weight: Array | None, bias: Array | None = None) -> Step:
    if weight is None or weight.ndim != 4:
        raise UnsupportedError("input W: wanted a constant of four axes, the weights")
    size = kernel_shape(node, weight)
    _, _, sides = place(node, _images(x), size)
    groups = node.attributes["group"]
    layer = Conv2D(
        len(weight),
        _short(size),
        stride=_short(pair(node, "strides")),
        padding=_short_padding(sides),
        dilation=_short(pair(node, "dilations")),
        groups=groups,
        use_bias=bias is not None,
    )
    if weight.shape[1] * groups != x.shape[0] or (bias is not None and bias.shape != weight.shape[:1]):
        raise FormatError(f"inputs W, B: got weights of shape {weight.shape} for {x.shape[0]} channels")
    return x.then(layer, weight=weight, bias=bias)


def _max_pool(node: Node, x: Step) -> Step:
    if pair(node, "dilations") != (1, 1):
        raise UnsupportedError("attribute dilations: MaxPool2D has none")
    size = kernel_shape(node)
    window, _, sides = place(node, _images(x), size)
    padding = _short_padding(window.padding if node.attributes.get("ceil_mode") else sides)
    stride = pair(node, "strides")
    return x.then(MaxPool2D(_short(size), stride=None if stride == size else _short(stride), padding=padding))


def _pad(node: Node, x: Step, pads: Array | None = None, value: Array | None = None, axes: Array | None = None) -> Step:
    if node.attributes["mode"] != "constant" or (value is not None and value.any()) or node.attributes.get("value"):
        raise UnsupportedError("attribute mode or value: Padding2D has a border of zeros alone")
    sides = border(node, _images(x).shape, pads, axes)
    (top, bottom), (left, right) = sides[2:]
    if sides[:2] != [(0, 0), (0, 0)]:
        raise UnsupportedError("pads: Padding2D has a border around each image alone")
    return x.then(Padding2D(_short_padding((top, bottom, left, right))))


def _images(x: Step) -> Array:
    """Return an array that stands for samples of this shape, and takes no memory."""
    if len(x.shape) != 3:
        raise UnsupportedError(f"wanted images (N, C, H, W), got samples of shape {x.shape}")
    return np.broadcast_to(np.zeros((), x.dtype), (1, *x.shape))


def _clip(node: Node, x: Step, minimum: Array | None = None, maximum: Array | None = None) -> Step:
    if node.version < 11:
        low, high = node.attributes.get("min"), node.attributes.get("max")
    else:
        low, high = (None if limit is None else float(limit.reshape(-1)[0]) for limit in (minimum, maximum))
    if low != 0 or (high is not None and high < np.finfo(np.float32).max):
        raise UnsupportedError(f"got limits {low} and {high}, wanted 0 and none, which is ReLU")
    return x.then(ReLU())


def _dropout(node: Node, x: Step, ratio: Array | None = None, training: Array | None = None) -> Step:
    rate = node.attributes["ratio"] if node.version < 12 else 0.5 if ratio is None else ratio.reshape(-1)[0]
    return x.then(Dropout(_decimal(rate)))


def _softmax(node: Node, x: Step) -> Step:
    if as_axis(node.attributes["axis"], len(x.shape) + 1) != 1:
        raise UnsupportedError("attribute axis: Softmax is over the scores of a sample alone")
    return x.then(Softmax())


def _flatten(node: Node, x: Step) -> Step:
    if as_axis(node.attributes["axis"], len(x.shape) + 1, end=True) != 1:
        raise UnsupportedError("attribute axis: Flatten keeps the samples apart")
    return x.then(Flatten())


def _reshape(node: Node, x: Step, shape: Array | None = None) -> Step:
    wanted, allow_zero = reshape_target(node, shape)
    # Two batches tell a size of the batch from one that happens to be the same.
    batches = (2, 3) if x.batch is None else (x.batch,)
    results = [reshaped((batch, *x.shape), wanted, allow_zero) for batch in batches]
    if any(result[:1] != (batch,) for result, batch in zip(results, batches, strict=True)):
        raise UnsupportedError(f"shape: got {wanted}, wanted one that keeps the samples apart")
    if results[0][1:] == x.shape:
        return x
    if len(results[0]) != 2:
        raise UnsupportedError(f"shape: got {wanted}, wanted one row of numbers for each sample")
    return x.then(Flatten())


def _layer(make: Callable[[], Layer]) -> Callable[..., Step]:
    """Return the function for an operator whose layer has no arguments."""
    return lambda node, x: x.then(make())


CONVERSIONS: dict[str, Callable[..., Step]] = {
    "Add": _add,
    "Clip": _clip,
    "Conv": _conv,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "Identity": lambda node, x: x,
    "LeakyRelu": lambda node, x: x.then(LeakyReLU(_decimal(node.attributes["alpha"]))),
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "Relu": _layer(ReLU),
    "Reshape": _reshape,
    "Sigmoid": _layer(Sigmoid),
    "Softmax": _softmax,
    "Tanh": _layer(Tanh),
}
"""How each operator becomes a layer, where its other inputs are constants."""
COMMUTES = ("Add",)


def convert(node: Node, inputs: Sequence[Step], arrays: Sequence[Array | None]) -> Step:
    """Return the step after a node that reads these values; ``arrays`` are its inputs that are constants."""
    x = inputs[0]
    # Single numbers may be of any type.
    weights = [array for array in arrays if array is not None and array.dtype.kind == "f" and array.ndim]
    if any(array.dtype != x.dtype for array in weights):
        raise UnsupportedError(f"got {weights[0].dtype} beside {x.dtype}; a network has one type")
    # Where the layers' value stands may matter: B of Gemm is a weight.
    if len(inputs) > 1 or node.operator not in CONVERSIONS or (arrays[0] is not None and node.operator not in COMMUTES):
        raise UnsupportedError("no layer of nnfs does this")
    return CONVERSIONS[node.operator](node, x, *(arrays[1:] if arrays[0] is None else arrays[:1]))


def _decimal(value: Any) -> float:
    """Return the shortest number that a file's float32 may stand for: 0.01, and not 0.009999999776."""
    return float(str(np.float32(value)) if np.float32(value) == value else value)


def _short(values: Any) -> Any:
    """Return one number for two equal ones."""
    return values[0] if values[0] == values[1] else tuple(values)


def _short_padding(sides: Any) -> Any:
    top, bottom, left, right = sides
    return _short((top, left)) if (top, left) == (bottom, right) else tuple(sides)
