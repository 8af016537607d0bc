"""Normalizations as layers."""

from __future__ import annotations

import numpy as np

from ...._kernels.interface import Array
from ....errors import FormatError, UnsupportedError
from ....layers import BatchNorm, GroupNorm, LayerNorm
from ..node import Node
from ..operators.axes import as_axis
from ..operators.normalization import is_training
from ..steps import Step
from .layer_arguments import decimal


def batch_norm(node: Node, x: Step, *arrays: Array | None) -> Step:
    """Return the BatchNorm layer, as a `Step` after x, that does what the ONNX node ``BatchNormalization`` does."""
    if is_training(node) or not node.attributes.get("spatial", 1):
        raise UnsupportedError("attributes training_mode, spatial: wanted 0 and 1, the running statistics of channels")
    if any(array is None or array.shape != x.shape[:1] for array in arrays):
        raise FormatError(f"inputs scale, B, mean, var: wanted constants of shape {x.shape[:1]}")
    layer = BatchNorm(momentum=round(1 - decimal(node.attributes["momentum"]), 7), epsilon=_epsilon(node))
    return x.then(layer, **dict(zip(("weight", "bias", "running_mean", "running_var"), arrays, strict=True)))


def group_norm(node: Node, x: Step, scale: Array | None, bias: Array | None) -> Step:
    """Return the GroupNorm layer, as a `Step` after x, for ``GroupNormalization`` and ``InstanceNormalization``."""
    channels = x.shape[0]
    groups = node.attributes.get("num_groups", channels)  # an instance is a group of one channel
    per_group = node.operator == "GroupNormalization" and node.version < 21
    wanted = groups if per_group else channels
    if len(x.shape) < 2 or channels % groups:
        raise FormatError(f"attribute num_groups: got {groups} for samples of shape {x.shape}")
    if any(array is None or array.shape != (wanted,) for array in (scale, bias)):
        raise UnsupportedError(f"inputs scale, B: wanted constants of shape {(wanted,)}")
    weight, offset = (np.repeat(array, channels // wanted) for array in (scale, bias) if array is not None)
    return x.then(GroupNorm(groups, epsilon=_epsilon(node)), weight=weight, bias=offset)


def layer_norm(node: Node, x: Step, scale: Array | None, bias: Array | None = None) -> Step:
    """Return the LayerNorm layer, as a `Step` after x, that does what the ONNX node ``LayerNormalization`` does."""
    axis = as_axis(node.attributes["axis"], len(x.shape) + 1)
    if not axis:
        raise UnsupportedError("attribute axis: got 0, wanted 1 or more: LayerNorm keeps the samples apart")
    shape = x.shape[axis - 1 :]
    values = [np.zeros((), x.dtype) if array is None else array for array in (scale, bias)]
    if scale is None or any(array.shape not in ((), shape) for array in values):
        raise UnsupportedError(f"inputs Scale, B: wanted constants of shape {shape}")
    weight, offset = (np.array(np.broadcast_to(array, shape)) for array in values)
    layer = LayerNorm(None if axis == 1 else len(shape), epsilon=_epsilon(node))
    return x.then(layer, weight=weight, bias=offset)


def _epsilon(node: Node) -> float:
    return decimal(node.attributes["epsilon"])
