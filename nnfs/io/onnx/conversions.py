"""The conversion of operators into layers: one function for each operator, in the table `CONVERSIONS`.

It takes the node, the step of its first input and its other inputs as arrays (None if left out), and returns a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._kernels.interface import Array, Window
from ...arguments.shapes import Shape
from ...errors import FormatError, UnsupportedError
from ...layers import (
    ELU,
    GELU,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    Normalization,
    Padding2D,
    ReLU,
    Reshape,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)
from .cures import cure
from .merges import MERGES
from .node import Node
from .operators.activations import one_number
from .operators.arithmetic import gemm_terms
from .operators.arrangement import border, reshape_target, reshaped
from .operators.axes import as_axis
from .operators.normalization import is_training
from .operators.resizing import upsample
from .operators.windows import auto_pad, explicit_pads, kernel_shape, node_window, pair
from .steps import Step, branches


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
    """Return the step of a Dense layer after x, with weight (D, K) and a bias that broadcasts to (1, K)."""
    features, units = weight.shape
    if x.shape != (features,):
        raise UnsupportedError(f"input B: got shape {weight.shape} for samples of shape {x.shape}; wanted rows alone")
    row = None if bias is None else _per_channel(bias, (units,))
    return x.then(Dense(units, use_bias=bias is not None), weight=np.ascontiguousarray(weight.T), bias=row)


def _per_channel(values: Array, shape: Shape) -> Array:
    """Return a new array (C,) from one that broadcasts to samples of ``shape`` with one number for each channel."""
    rank = len(shape) + 1
    sizes = (1,) * (rank - values.ndim) + values.shape
    if len(sizes) != rank or sizes[0] != 1 or sizes[1] not in (1, shape[0]) or any(size != 1 for size in sizes[2:]):
        raise UnsupportedError(f"got a constant of shape {values.shape}, wanted one number a channel, {shape[0]}")
    return np.array(np.broadcast_to(values.reshape(sizes[1]), shape[:1]))


def _scale(node: Node, x: Step, values: Array | None) -> Step:
    """Return the step x with its factor multiplied by a constant; a later operator must use the factor."""
    if values is None or values.size != 1:
        raise UnsupportedError("no layer of nnfs multiplies by constants")
    factor = x.factor * float(values.reshape(-1)[0])
    # The file holds beta and 1 / beta, each rounded, so that their product is not exactly 1.
    return x._replace(factor=1.0 if abs(factor - 1) < 4 * np.finfo(x.dtype).eps else factor)


def _softplus(node: Node, x: Step) -> Step:
    """Return the step of a Softplus layer with beta = factor of x; log(1 + exp(beta x)) is beta times its output."""
    return x._replace(factor=1.0).then(Softplus(_decimal(x.factor)))._replace(factor=x.factor)


def _add(node: Node, x: Step, values: Array | None) -> Step:
    """Return the step of the last layer with the constant as its bias, which it does not have yet."""
    if node.version < 7:
        raise UnsupportedError("to_network reads Add from opset 7 on")
    layer = x.layer
    if values is None or x.before is None or not isinstance(layer, Dense | Conv2D | ConvTranspose2D) or layer.use_bias:
        raise UnsupportedError("wanted a constant to be added to a layer without a bias")
    bias = _per_channel(values, x.shape)
    biased = type(layer)(**layer.config() | {"use_bias": True})
    return x.before.then(biased, **{name: array for _, name, array in x.weights}, bias=bias)


def _conv(node: Node, x: Step, weight: Array | None, bias: Array | None = None) -> Step:
    if weight is None or weight.ndim != 4:
        raise UnsupportedError("input W: wanted a constant of four axes, the weights")
    size = kernel_shape(node, weight)
    _, _, sides = node_window(node, _images(x), size)
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


def _normalization(node: Node, x: Step, values: Array | None) -> Step:
    """Return the step of a Normalization layer for Sub (mean) or Div (scale); a Div after a Sub shares its layer."""
    if values is None or node.version < 7:
        raise UnsupportedError("wanted a constant in the second place, from opset 7 on")
    name = "mean" if node.operator == "Sub" else "scale"
    known = {known: array for _, known, array in x.weights} if isinstance(x.layer, Normalization) else {}
    if name == "mean" or list(known) != ["mean"] or x.before is None:
        known, before = {}, x
    else:
        before = x.before
    return before.then(Normalization(), **known | {name: _per_channel(values, x.shape)})


def _border(node: Node, window: Window, sides: tuple[int, int, int, int]) -> Any:
    """Return the padding for a pooling layer: ``sides``, the attribute pads, plus the pixels that ceil_mode adds."""
    if not node.attributes.get("ceil_mode"):
        return _short_padding(sides)
    (rows, columns), border = window.size, window.padding
    if border != sides and (max(border[:2]) > rows // 2 or max(border[2:]) > columns // 2):
        raise UnsupportedError(
            f"attribute ceil_mode: the last window reaches over the border {border}, and a pooling layer's border is "
            f"at most half of its window {window.size}; write ceil_mode=False, or an input of another size"
        )
    return _short_padding(border)


def _max_pool(node: Node, x: Step) -> Step:
    if pair(node, "dilations") != (1, 1):
        raise UnsupportedError("attribute dilations: MaxPool2D has none")
    size = kernel_shape(node)
    window, _, sides = node_window(node, _images(x), size)
    padding = _border(node, window, sides)
    stride = pair(node, "strides")
    return x.then(MaxPool2D(_short(size), stride=None if stride == size else _short(stride), padding=padding))


def _average_pool(node: Node, x: Step) -> Step:
    if pair(node, "dilations") != (1, 1):
        raise UnsupportedError("attribute dilations: AvgPool2D has none")
    size = kernel_shape(node)
    window, _, sides = node_window(node, _images(x), size)
    counts = bool(node.attributes.get("count_include_pad"))
    if counts and any(given > asked for given, asked in zip(window.padding, sides, strict=True)):
        raise UnsupportedError("attribute ceil_mode: AvgPool2D counts all that a window reaches over")
    padding = _border(node, window, sides)
    stride = pair(node, "strides")
    return x.then(
        AvgPool2D(
            _short(size), stride=None if stride == size else _short(stride), padding=padding, count_include_pad=counts
        )
    )


def _global_pool(make: Callable[[], Layer]) -> Callable[[Node, Step], Step]:
    """Return the function for a pool over whole images, whose result is (C, 1, 1) in ONNX and (C,) here."""

    def convert(node: Node, x: Step) -> Step:
        channels = _images(x).shape[1]
        return x.then(make()).then(Reshape((channels, 1, 1)))

    return convert


def _conv_transpose(node: Node, x: Step, weight: Array | None, bias: Array | None = None) -> Step:
    if weight is None or weight.ndim != 4:
        raise UnsupportedError("input W: wanted a constant of four axes, the weights")
    if auto_pad(node) not in ("NOTSET", "VALID") or "output_shape" in node.attributes:
        raise UnsupportedError("attributes auto_pad, output_shape: ConvTranspose2D has paddings of numbers")
    groups = node.attributes["group"]
    filters = weight.shape[1] * groups
    if _images(x).shape[1] != weight.shape[0] or (bias is not None and bias.shape != (filters,)):
        raise FormatError(f"inputs W, B: got weights of shape {weight.shape} for {x.shape[0]} channels")
    layer = ConvTranspose2D(
        filters,
        _short(kernel_shape(node, weight)),
        stride=_short(pair(node, "strides")),
        padding=_short_padding(explicit_pads(node)),
        output_padding=_short(pair(node, "output_padding", 0, 0)),
        dilation=_short(pair(node, "dilations")),
        groups=groups,
        use_bias=bias is not None,
    )
    return x.then(layer, weight=weight, bias=bias)


def _batch_norm(node: Node, x: Step, *arrays: Array | None) -> Step:
    if is_training(node) or not node.attributes.get("spatial", 1):
        raise UnsupportedError("attributes training_mode, spatial: wanted the running statistics of channels")
    if any(array is None or array.shape != x.shape[:1] for array in arrays):
        raise FormatError(f"inputs scale, B, mean, var: wanted constants of shape {x.shape[:1]}")
    layer = BatchNorm(momentum=round(1 - _decimal(node.attributes["momentum"]), 7), epsilon=_epsilon(node))
    return x.then(layer, **dict(zip(("weight", "bias", "running_mean", "running_var"), arrays, strict=True)))


def _layer_norm(node: Node, x: Step, scale: Array | None, bias: Array | None = None) -> Step:
    axis = as_axis(node.attributes["axis"], len(x.shape) + 1)
    if not axis:
        raise UnsupportedError("attribute axis: LayerNorm keeps the samples apart")
    shape = x.shape[axis - 1 :]
    values = [np.zeros((), x.dtype) if array is None else array for array in (scale, bias)]
    if scale is None or any(array.shape not in ((), shape) for array in values):
        raise UnsupportedError(f"inputs Scale, B: wanted constants of shape {shape}")
    weight, offset = (np.array(np.broadcast_to(array, shape)) for array in values)
    layer = LayerNorm(None if axis == 1 else len(shape), epsilon=_epsilon(node))
    return x.then(layer, weight=weight, bias=offset)


def _epsilon(node: Node) -> float:
    return _decimal(node.attributes["epsilon"])


def _resize(
    node: Node, x: Step, roi: Array | None = None, scales: Array | None = None, sizes: Array | None = None
) -> Step:
    if sizes is not None and sizes.size and x.batch is None:
        sizes = np.concatenate([[1], sizes[1:]])  # the batch may be of any size
    return x.then(upsample(node, (x.batch or 1, *x.shape), roi if node.version < 11 else scales, sizes))


def _pad(node: Node, x: Step, pads: Array | None = None, value: Array | None = None, axes: Array | None = None) -> Step:
    if node.attributes["mode"] != "constant" or (value is not None and value.any()) or node.attributes.get("value"):
        raise UnsupportedError("attribute mode or value: Padding2D has a border of zeros alone")
    sides = border(node, _images(x).shape, pads, axes)
    (top, bottom), (left, right) = sides[2:]
    if sides[:2] != [(0, 0), (0, 0)]:
        raise UnsupportedError("pads: Padding2D has a border around each image alone")
    return x.then(Padding2D(_short_padding((top, bottom, left, right))))


def _images(x: Step) -> Array:
    """Return an array (1, C, H, W) with the shape of the samples, which takes no memory; raise for no images."""
    if len(x.shape) != 3:
        raise UnsupportedError(f"wanted images (N, C, H, W), got samples of shape {x.shape}")
    return np.broadcast_to(np.zeros((), x.dtype), (1, *x.shape))


def _clip(node: Node, x: Step, minimum: Array | None = None, maximum: Array | None = None) -> Step:
    if node.version < 11:
        low, high = node.attributes.get("min"), node.attributes.get("max")
    else:
        low = None if minimum is None else float(one_number(minimum, "min"))
        high = None if maximum is None else float(one_number(maximum, "max"))
    if low != 0 or (high is not None and high < np.finfo(np.float32).max):
        raise UnsupportedError(f"got limits {low} and {high}, wanted 0 and none, which is ReLU{cure('Clip')}")
    return x.then(ReLU())


def _dropout(node: Node, x: Step, ratio: Array | None = None, training: Array | None = None) -> Step:
    rate = node.attributes["ratio"] if node.version < 12 else 0.5 if ratio is None else one_number(ratio, "ratio")
    return x.then(Dropout(_decimal(rate)))


def _softmax(node: Node, x: Step) -> Step:
    if as_axis(node.attributes["axis"], len(x.shape) + 1) != 1:
        raise UnsupportedError("attribute axis: Softmax is over the scores of a sample alone")
    return x.then(Softmax())


def _flatten(node: Node, x: Step) -> Step:
    if as_axis(node.attributes["axis"], len(x.shape) + 1, end=True) != 1:
        raise UnsupportedError("attribute axis: Flatten keeps the samples apart")
    return _flat(x)


def _flat(x: Step) -> Step:
    """Return the step of a Flatten layer; after a pool over whole images, drop its Reshape instead."""
    after_pool = x.before is not None and isinstance(x.before.layer, GlobalAvgPool2D | GlobalMaxPool2D)
    if x.before is not None and after_pool and isinstance(x.layer, Reshape):
        return x.before
    return x.then(Flatten())


def _reshape(node: Node, x: Step, shape: Array | None = None) -> Step:
    wanted, allow_zero = reshape_target(node, shape)
    # With two batch sizes, a size that is the batch's differs from a constant size that is equal by chance.
    batches = (2, 3) if x.batch is None else (x.batch,)
    results = [reshaped((batch, *x.shape), wanted, allow_zero) for batch in batches]
    if any(result[:1] != (batch,) for result, batch in zip(results, batches, strict=True)):
        raise UnsupportedError(f"shape: got {wanted}, wanted one that keeps the samples apart")
    if results[0][1:] == x.shape:
        return x
    return _flat(x) if len(results[0]) == 2 else x.then(Reshape(results[0][1:]))


def _layer(make: Callable[[], Layer]) -> Callable[..., Step]:
    """Return the conversion function for an operator whose layer has no arguments."""
    return lambda node, x: x.then(make())


CONVERSIONS: dict[str, Callable[..., Step]] = {
    "Add": _add,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Div": _normalization,
    "Dropout": _dropout,
    "Elu": lambda node, x: x.then(ELU(_decimal(node.attributes["alpha"]))),
    "Flatten": _flatten,
    "Gelu": lambda node, x: x.then(GELU(node.attributes["approximate"])),
    "Gemm": _gemm,
    "GlobalAveragePool": _global_pool(GlobalAvgPool2D),
    "GlobalMaxPool": _global_pool(GlobalMaxPool2D),
    "Identity": lambda node, x: x,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": lambda node, x: x.then(LeakyReLU(_decimal(node.attributes["alpha"]))),
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "Mul": _scale,
    "Pad": _pad,
    "Relu": _layer(ReLU),
    "Reshape": _reshape,
    "Resize": _resize,
    "Sigmoid": _layer(Sigmoid),
    "Softmax": _softmax,
    "Softplus": _softplus,
    "Sub": _normalization,
    "Tanh": _layer(Tanh),
}
"""The function that converts each operator into a layer; its inputs except one are constants."""
TAKES_FACTORS = ("Identity", "Mul", "Softplus")
"""The operators whose input may be a multiple of a layer's output."""


def convert(node: Node, inputs: Sequence[Step], arrays: Sequence[Array | None]) -> Step:
    """Convert a node into a layer, and return the step of its output.

    ``inputs`` are its computed inputs. ``arrays`` has an entry for each input: the value of a constant, or else None.
    """
    x = inputs[0]
    if any(step.factor != 1 for step in inputs) and (len(inputs) > 1 or node.operator not in TAKES_FACTORS):
        raise UnsupportedError("an input is a multiple of a layer's output, which no layer of nnfs gives")
    # The factors of Resize are float32 in every network, and single numbers may have any dtype.
    weights = [array for array in arrays if array is not None and array.dtype.kind == "f" and array.ndim]
    if node.operator != "Resize" and any(array.dtype != x.dtype for array in weights):
        raise UnsupportedError(f"got {weights[0].dtype} beside {x.dtype}; a network has one type")
    if len(inputs) > 1 and node.operator in MERGES and all(array is None for array in arrays):
        if len(inputs) != len(arrays):
            raise UnsupportedError("no layer of nnfs does this")
        shared, paths = branches(inputs)
        start = x
        for _ in range(len(x.path()) - shared):
            assert start.before is not None
            start = start.before
        return MERGES[node.operator](node, start, paths)
    # The position of the layers' value matters: input B of Gemm is a weight.
    if len(inputs) > 1 or node.operator not in CONVERSIONS or (arrays[0] is not None and node.operator not in MERGES):
        raise UnsupportedError(f"no layer of nnfs does this{cure(node.operator)}")
    return CONVERSIONS[node.operator](node, x, *(arrays[1:] if arrays[0] is None else arrays[:1]))


def _decimal(value: Any) -> float:
    """Return the shortest decimal number that rounds to a file's float32: 0.01 instead of 0.009999999776."""
    return float(str(np.float32(value)) if np.float32(value) == value else value)


def _short(values: Any) -> Any:
    """Return one number for a pair of equal numbers, and any other pair as a tuple."""
    return values[0] if values[0] == values[1] else tuple(values)


def _short_padding(sides: Any) -> Any:
    top, bottom, left, right = sides
    return _short((top, left)) if (top, left) == (bottom, right) else tuple(sides)
