"""The operators that nnfs runs, by ONNX's names: functions of a node and its input arrays.

An input that is left out is None. A function returns an array, or a tuple of arrays for several outputs. It never
modifies an input, but an output may be a view of an input. The functions hold for every opset; where opsets differ,
they read `Node.version`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ..locating import locating
from ..node import Node
from . import (
    activations,
    arithmetic,
    arrangement,
    convolution,
    elementary,
    normalization,
    parts,
    pooling,
    resizing,
    shapes,
)
from .elementary import elementwise, pairwise, variadic
from .reductions import largest, mean, reduction, root_of_squares, smallest
from .signals import also_signals

OPERATORS: dict[str, Callable[..., Any]] = {
    "Abs": elementwise(np.abs),
    "Add": arithmetic.add,
    "And": pairwise(np.logical_and),
    "AveragePool": also_signals(pooling.average_pool),
    "BatchNormalization": normalization.batch_normalization,
    "Cast": elementary.cast,
    "DepthToSpace": arrangement.depth_to_space,
    "Ceil": elementwise(np.ceil),
    "Celu": activations.celu,
    "Clip": activations.clip,
    "Concat": arrangement.concat,
    "Constant": arrangement.constant,
    "ConstantOfShape": shapes.constant_of_shape,
    "Conv": also_signals(convolution.conv),
    "ConvTranspose": also_signals(convolution.conv_transpose),
    "Div": arithmetic.div,
    "Dropout": activations.dropout,
    "Elu": activations.elu,
    "Equal": pairwise(np.equal),
    "Erf": elementary.erf,
    "Exp": elementwise(np.exp),
    "Expand": shapes.expand,
    "Flatten": arrangement.flatten,
    "Floor": elementwise(np.floor),
    "Gather": parts.gather,
    "Gelu": activations.gelu,
    "Gemm": arithmetic.gemm,
    "GlobalAveragePool": pooling.global_average_pool,
    "GlobalLpPool": pooling.global_lp_pool,
    "GlobalMaxPool": pooling.global_max_pool,
    "Greater": pairwise(np.greater),
    "GreaterOrEqual": pairwise(np.greater_equal),
    "GroupNormalization": normalization.group_normalization,
    "HardSigmoid": activations.hard_sigmoid,
    "HardSwish": activations.hard_swish,
    "Identity": arrangement.identity,
    "InstanceNormalization": normalization.instance_normalization,
    "LayerNormalization": normalization.layer_normalization,
    "LeakyRelu": activations.leaky_relu,
    "Less": pairwise(np.less),
    "LessOrEqual": pairwise(np.less_equal),
    "Log": elementwise(np.log),
    "LogSoftmax": activations.log_softmax,
    "MatMul": arithmetic.matmul,
    "Max": variadic(np.maximum),
    "MaxPool": also_signals(pooling.max_pool),
    "Min": variadic(np.minimum),
    "Mish": activations.mish,
    "Mod": elementary.modulo,
    "Mul": arithmetic.mul,
    "Neg": elementwise(np.negative),
    "Not": elementwise(np.logical_not),
    "Or": pairwise(np.logical_or),
    "PRelu": activations.prelu,
    "Pad": arrangement.pad,
    "Pow": elementary.power,
    "Range": shapes.number_range,
    "Reciprocal": elementwise(np.reciprocal),
    "ReduceL2": reduction(root_of_squares),
    "ReduceMax": reduction(largest),
    "ReduceMean": reduction(mean),
    "ReduceMin": reduction(smallest),
    "ReduceProd": reduction(np.prod),
    "ReduceSum": reduction(np.sum),
    "Relu": activations.relu,
    "Reshape": arrangement.reshape,
    "Resize": resizing.resize,
    "Selu": activations.selu,
    "Shape": shapes.shape,
    "Sigmoid": activations.sigmoid,
    "Size": shapes.size,
    "Sign": elementwise(np.sign),
    "Slice": parts.slice_,
    "SpaceToDepth": arrangement.space_to_depth,
    "Softmax": activations.softmax,
    "Softplus": activations.softplus,
    "Softsign": activations.softsign,
    "Split": parts.split,
    "Sqrt": elementwise(np.sqrt),
    "Squeeze": shapes.squeeze,
    "Sub": arithmetic.sub,
    "Sum": variadic(np.add),
    "Swish": activations.swish,
    "Tanh": activations.tanh,
    "Tile": shapes.tile,
    "Transpose": arrangement.transpose,
    "Unsqueeze": shapes.unsqueeze,
    "Where": elementary.where,
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
