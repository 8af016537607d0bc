"""The conversion of operators into layers: one function for each operator, in the table `CONVERSIONS`.

It takes the node, the step of its first input and its other inputs as arrays (None if left out), and returns a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import (
    ELU,
    GELU,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    HardSwish,
    Layer,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    Softmax,
    Softsign,
    Tanh,
)
from ..merges import MERGES
from ..node import Node
from ..steps import Step, branches
from . import activations, arrangement, convolution, images, matrices, normalization, pooling, scaling
from .layer_arguments import decimal


def _layer(make: Callable[[], Layer]) -> Callable[..., Step]:
    """Return the conversion function for an operator whose layer has no arguments."""
    return lambda node, x: x.then(make())


CONVERSIONS: dict[str, Callable[..., Step]] = {
    "Add": scaling.add,
    "AveragePool": pooling.average_pool,
    "BatchNormalization": normalization.batch_norm,
    "Cast": arrangement.cast,
    "Celu": activations.celu,
    "Clip": activations.clip,
    "Conv": convolution.conv,
    "ConvTranspose": convolution.conv_transpose,
    "DepthToSpace": arrangement.blocks_of_pixels,
    "Div": scaling.divide,
    "Dropout": activations.dropout,
    "Elu": lambda node, x: x.then(ELU(decimal(node.attributes["alpha"]))),
    "Flatten": arrangement.flatten,
    "Gelu": lambda node, x: x.then(GELU(node.attributes["approximate"])),
    "Gemm": matrices.gemm,
    "GlobalAveragePool": pooling.global_pool(GlobalAvgPool2D, GlobalAvgPool1D),
    "GlobalMaxPool": pooling.global_pool(GlobalMaxPool2D, GlobalMaxPool1D),
    "GroupNormalization": normalization.group_norm,
    "HardSigmoid": activations.hard_sigmoid,
    "HardSwish": _layer(HardSwish),
    "Identity": lambda node, x: x,
    "InstanceNormalization": normalization.group_norm,
    "LayerNormalization": normalization.layer_norm,
    "LeakyRelu": lambda node, x: x.then(LeakyReLU(decimal(node.attributes["alpha"]))),
    "LogSoftmax": activations.over_scores(LogSoftmax),
    "MatMul": matrices.matmul,
    "MaxPool": pooling.max_pool,
    "Mish": _layer(Mish),
    "Mul": scaling.multiply,
    "Pad": images.pad,
    "PRelu": activations.prelu,
    "ReduceMax": pooling.over_pixels(GlobalMaxPool2D, GlobalMaxPool1D),
    "ReduceMean": pooling.over_pixels(GlobalAvgPool2D, GlobalAvgPool1D),
    "Relu": _layer(ReLU),
    "Reshape": arrangement.reshape,
    "Resize": images.resize,
    "Selu": activations.selu,
    "Sigmoid": _layer(Sigmoid),
    "Softmax": activations.over_scores(Softmax),
    "Softplus": activations.softplus,
    "Softsign": _layer(Softsign),
    "SpaceToDepth": arrangement.blocks_of_pixels,
    "Squeeze": arrangement.squeeze,
    "Sub": scaling.subtract,
    "Tanh": _layer(Tanh),
    "Transpose": arrangement.transpose,
    "Unsqueeze": arrangement.unsqueeze,
}
"""The function that converts each operator into a layer; its inputs except one are constants."""
TAKES_FACTORS = ("Div", "Identity", "Mul", "Softplus")
"""The operators whose input may be a multiple of a layer's output."""
TAKES_ORDERS = ("MatMul", "ReduceMax", "ReduceMean", "Transpose")
"""The operators whose input may have its axes in another order than the layer's output."""
COMMUTES = ("Add", "Mul")
"""The operators whose constant may come first."""
POINTWISE = {
    *("Cast", "Celu", "Clip", "Dropout", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu"),
    *("Add", "Div", "Mul", "PRelu", "Relu", "Selu", "Sigmoid", "Softplus", "Sub", "Tanh"),
    *("Mish", "Softsign"),
}
"""The operators that work on each number alone, so that the axes may stand in any order."""


def convert(node: Node, inputs: Sequence[Step], arrays: Sequence[Array | None]) -> Step:
    """Convert a node into a layer, and return the step of its output.

    ``inputs`` are its computed inputs. ``arrays`` has an entry for each input: the value of a constant, or else None.
    """
    x = inputs[0]
    order = x.order
    if order and node.operator in POINTWISE and all(step.order == order for step in inputs):
        # Channels last: the layer works on the axes as they were before the transpose, and the order is kept.
        moved = [_reordered(array, order) for array in arrays]
        return convert(node, [step._replace(order=None) for step in inputs], moved)._replace(order=order)
    if node.operator not in TAKES_FACTORS or len(inputs) > 1:
        inputs = [step._replace(order=None).settled()._replace(order=step.order) for step in inputs]
    if node.operator not in TAKES_ORDERS or len(inputs) > 1:
        inputs = [step.settled() if step.order else step for step in inputs]
    x = inputs[0]
    # The factors of Resize are float32 in every network, and single numbers may have any dtype.
    weights = [array for array in arrays if array is not None and array.dtype.kind == "f" and array.ndim]
    if node.operator != "Resize" and any(array.dtype != x.dtype for array in weights):
        raise UnsupportedError(f"got {weights[0].dtype} beside {x.dtype}; a network has one type")
    if len(inputs) > 1 and node.operator in MERGES and all(array is None for array in arrays):
        shared, paths = branches(inputs)
        start = x
        for _ in range(len(x.path()) - shared):
            assert start.before is not None
            start = start.before
        return MERGES[node.operator](node, start, paths)
    # The position of the layers' value matters: input B of Gemm is a weight.
    if len(inputs) > 1 or node.operator not in CONVERSIONS or (arrays[0] is not None and node.operator not in COMMUTES):
        raise UnsupportedError("no layer of nnfs does this")
    return CONVERSIONS[node.operator](node, x, *(arrays[1:] if arrays[0] is None else arrays[:1]))


def _reordered(array: Array | None, order: tuple[int, ...]) -> Array | None:
    """Return a constant beside a value with its axes in ``order`` as one beside the value before that transpose."""
    if array is None or not array.ndim or array.ndim > len(order):
        return array
    return array.reshape((1,) * (len(order) - array.ndim) + array.shape).transpose(np.argsort(order))
