"""The conversion of operators into layers: one function for each operator, in the table `CONVERSIONS`.

It takes the node, the step of its first input and its other inputs as arrays (None if left out), and returns a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import ELU, GELU, GlobalAvgPool2D, GlobalMaxPool2D, Layer, LeakyReLU, ReLU, Sigmoid, Tanh
from ..cures import cure
from ..merges import MERGES
from ..node import Node
from ..steps import Step, branches
from . import activations, arrangement, convolution, images, matrices, normalization, pooling
from .layer_arguments import decimal


def _layer(make: Callable[[], Layer]) -> Callable[..., Step]:
    """Return the conversion function for an operator whose layer has no arguments."""
    return lambda node, x: x.then(make())


CONVERSIONS: dict[str, Callable[..., Step]] = {
    "Add": matrices.add,
    "AveragePool": pooling.average_pool,
    "BatchNormalization": normalization.batch_norm,
    "Clip": activations.clip,
    "Conv": convolution.conv,
    "ConvTranspose": convolution.conv_transpose,
    "Div": normalization.normalization,
    "Dropout": activations.dropout,
    "Elu": lambda node, x: x.then(ELU(decimal(node.attributes["alpha"]))),
    "Flatten": arrangement.flatten,
    "Gelu": lambda node, x: x.then(GELU(node.attributes["approximate"])),
    "Gemm": matrices.gemm,
    "GlobalAveragePool": pooling.global_pool(GlobalAvgPool2D),
    "GlobalMaxPool": pooling.global_pool(GlobalMaxPool2D),
    "Identity": lambda node, x: x,
    "LayerNormalization": normalization.layer_norm,
    "LeakyRelu": lambda node, x: x.then(LeakyReLU(decimal(node.attributes["alpha"]))),
    "MatMul": matrices.matmul,
    "MaxPool": pooling.max_pool,
    "Mul": activations.scale,
    "Pad": images.pad,
    "Relu": _layer(ReLU),
    "Reshape": arrangement.reshape,
    "Resize": images.resize,
    "Sigmoid": _layer(Sigmoid),
    "Softmax": activations.softmax,
    "Softplus": activations.softplus,
    "Sub": normalization.normalization,
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
