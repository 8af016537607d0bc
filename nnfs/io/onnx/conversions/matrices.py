"""Products with matrices as layers."""

from __future__ import annotations

import numpy as np

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import Conv2D, Dense
from ..node import Node
from ..operators.arithmetic import gemm_terms
from ..steps import Step
from .layer_arguments import per_channel

CHANNELS_LAST = (0, 2, 3, 1)
"""The order of axes of images (N, H, W, C)."""


def gemm(node: Node, x: Step, b: Array | None, c: Array | None = None) -> Step:
    """Return the Dense layer, as a `Step` after x, that does what the ONNX node ``Gemm`` does."""
    if node.attributes["transA"]:
        raise UnsupportedError("attribute transA: got 1, wanted 0: the samples are the rows")
    weight, bias = gemm_terms(node, _matrix(b), c)
    return _dense(x, weight, bias)


def matmul(node: Node, x: Step, b: Array | None) -> Step:
    """Return the step of the Dense layer, without a bias, for MatMul; for images with channels last, of a Conv2D."""
    matrix = _matrix(b)
    if x.order == CHANNELS_LAST and x.shape[0] == len(matrix):
        kernels = np.ascontiguousarray(matrix.T)[:, :, None, None]
        layer = Conv2D(matrix.shape[1], 1, use_bias=False)
        return x._replace(order=None).then(layer, weight=kernels)._replace(order=x.order)
    return _dense(x.settled(), matrix, None)


def _matrix(b: Array | None) -> Array:
    if b is None or b.ndim != 2:
        raise UnsupportedError("input B: wanted a constant matrix, the weights")
    return b


def _dense(x: Step, weight: Array, bias: Array | None) -> Step:
    """Return the step of a Dense layer after x, with weight (D, K) and a bias that broadcasts to (1, K)."""
    features, units = weight.shape
    if len(x.shape) > 2 or x.shape[-1:] != (features,):
        raise UnsupportedError(f"input B: got shape {weight.shape} for samples of shape {x.shape}; wanted rows alone")
    row = None if bias is None else per_channel(bias, (units,))
    return x.then(Dense(units, use_bias=bias is not None), weight=np.ascontiguousarray(weight.T), bias=row)
