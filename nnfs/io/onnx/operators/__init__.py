"""The operators that nnfs runs, by ONNX's names: functions of a node and its input arrays.

An input that is left out is None. A function returns an array, or a tuple of arrays for several outputs. It never
modifies an input, but an output may be a view of an input. The functions hold for every opset; where opsets differ,
they read `Node.version`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ..locating import locating
from ..node import Node
from . import activations, arithmetic, arrangement, convolution, normalization, pooling, resizing

OPERATORS: dict[str, Callable[..., Any]] = {
    "Add": arithmetic.add,
    "AveragePool": pooling.average_pool,
    "BatchNormalization": normalization.batch_normalization,
    "Clip": activations.clip,
    "Concat": arrangement.concat,
    "Constant": arrangement.constant,
    "Conv": convolution.conv,
    "ConvTranspose": convolution.conv_transpose,
    "Div": arithmetic.div,
    "Dropout": activations.dropout,
    "Elu": activations.elu,
    "Flatten": arrangement.flatten,
    "Gelu": activations.gelu,
    "Gemm": arithmetic.gemm,
    "GlobalAveragePool": pooling.global_average_pool,
    "GlobalLpPool": pooling.global_lp_pool,
    "GlobalMaxPool": pooling.global_max_pool,
    "Identity": arrangement.identity,
    "LayerNormalization": normalization.layer_normalization,
    "LeakyRelu": activations.leaky_relu,
    "LogSoftmax": activations.log_softmax,
    "MatMul": arithmetic.matmul,
    "MaxPool": pooling.max_pool,
    "Mul": arithmetic.mul,
    "Pad": arrangement.pad,
    "Relu": activations.relu,
    "Reshape": arrangement.reshape,
    "Resize": resizing.resize,
    "Sigmoid": activations.sigmoid,
    "Softmax": activations.softmax,
    "Softplus": activations.softplus,
    "Sub": arithmetic.sub,
    "Tanh": activations.tanh,
    "Transpose": arrangement.transpose,
}


def run_node(node: Node, arrays: Sequence[Array | None]) -> tuple[Array, ...]:
    """Run one node, and return its outputs, given an array for each input or None for one that is left out.

    The arrays are not modified; an output may be a view of one. Errors name the node.
    """
    with locating(node.where, node=node.name, operator=node.operator):
        node.check_types(arrays)
        results = OPERATORS[node.operator](node, *arrays)
        found = results if isinstance(results, tuple) else (results,)
        if len(found) != len(node.outputs):
            raise UnsupportedError(f"output: got {len(node.outputs)} names, but nnfs makes {len(found)}")
        return found
