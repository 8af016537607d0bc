"""Normalizations: by the statistics of each channel of a batch, and of samples, groups of channels, or images."""

from __future__ import annotations

import math

import numpy as np

from ...._kernels.interface import Array
from ....errors import FormatError, UnsupportedError
from ..node import Node
from .axes import as_axis


def batch_normalization(
    node: Node, x: Array, scale: Array, bias: Array, mean: Array, variance: Array
) -> Array | tuple[Array, ...]:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias for each channel, axis 1.

    In training, mean and variance are those of the batch. Two more outputs are then the new running statistics:
    given momentum + batch (1 - momentum). Before opset 9, ``spatial=0`` means statistics for each pixel of a channel.
    """
    if x.ndim < 2:
        raise FormatError(f"input X: got shape {x.shape}, wanted a batch axis and a channel axis")
    attributes = node.attributes
    per_channel = bool(attributes.get("spatial", 1))
    wanted = x.shape[1:2] if per_channel else x.shape[1:]
    for name, array in (("scale", scale), ("B", bias), ("mean", mean), ("var", variance)):
        if array.shape != wanted:
            raise FormatError(f"input {name}: got shape {array.shape}, wanted {wanted} for X of {x.shape}")
    along = (-1, *(1,) * (x.ndim - 2)) if per_channel else x.shape[1:]
    if not is_training(node):
        # From opset 14 on the inputs may have different dtypes; NumPy computes in the widest.
        y = _normalize(x, mean.reshape(along), variance.reshape(along), attributes["epsilon"], scale, bias)
        return y if len(node.outputs) == 1 else (y, mean, variance)
    axes = (0, *range(2, x.ndim)) if per_channel else (0,)
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    batch_mean, batch_variance = wide.mean(axis=axes), wide.var(axis=axes)
    y = _normalize(x, batch_mean.reshape(along), batch_variance.reshape(along), attributes["epsilon"], scale, bias)
    momentum = attributes["momentum"]
    moved = tuple(
        (given * momentum + found * (1 - momentum)).astype(given.dtype, copy=False)
        for given, found in ((mean, batch_mean), (variance, batch_variance))
    )
    saved = tuple(found.astype(x.dtype, copy=False) for found in (batch_mean, batch_variance))
    return (y, *moved, *saved)[: len(node.outputs)] if len(node.outputs) > 1 else y


def layer_normalization(node: Node, x: Array, scale: Array, bias: Array | None = None) -> Array | tuple[Array, ...]:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias for each sample, and if wanted mean and 1 / sqrt(...).

    Mean and variance are over all axes from ``axis`` on. Those of float16 are computed in float32 (stash_type=1).
    """
    if node.attributes["stash_type"] != 1:
        raise UnsupportedError(f"attribute stash_type: got {node.attributes['stash_type']}, wanted 1, float32")
    axis = as_axis(node.attributes["axis"], x.ndim)
    if not math.prod(x.shape[axis:]):
        raise FormatError(f"input X: got shape {x.shape}, which has nothing to normalize")
    for name, array in (("Scale", scale), ("B", bias)):
        if array is not None and not _broadcasts(array.shape, x.shape):
            raise FormatError(f"input {name}: got shape {array.shape}, wanted one that broadcasts to {x.shape}")
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    axes = tuple(range(axis, x.ndim))
    mean = wide.mean(axis=axes, keepdims=True)
    inverse = 1 / np.sqrt(wide.var(axis=axes, keepdims=True) + node.attributes["epsilon"])
    y = ((wide - mean) * inverse).astype(x.dtype, copy=False) * scale
    y = y if bias is None else y + bias
    statistics = (mean.astype(np.float32, copy=False), inverse.astype(np.float32, copy=False))
    return (y, *statistics)[: len(node.outputs)] if len(node.outputs) > 1 else y


def instance_normalization(node: Node, x: Array, scale: Array, bias: Array) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, with the statistics of each channel of a sample."""
    return _by_groups(node, x, scale, bias, x.shape[1] if x.ndim > 1 else 0)


def group_normalization(node: Node, x: Array, scale: Array, bias: Array) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, with mean and variance of each group of channels.

    Before opset 21, scale and bias have one number for each group; later they have one for each channel.
    """
    return _by_groups(node, x, scale, bias, node.attributes["num_groups"])


def _by_groups(node: Node, x: Array, scale: Array, bias: Array, groups: int) -> Array:
    if x.ndim < 3 or not x[:1].size or groups < 1 or x.shape[1] % groups:
        raise FormatError(f"input X: got shape {x.shape}, wanted channels that make {groups} groups, and pixels")
    wanted = groups if node.operator == "GroupNormalization" and node.version < 21 else x.shape[1]
    for name, array in (("scale", scale), ("B", bias)):
        if array.shape != (wanted,):
            raise FormatError(f"input {name}: got shape {array.shape}, wanted {(wanted,)} for X of {x.shape}")
    wide = (x.astype(np.float32) if x.dtype == np.float16 else x).reshape(len(x), groups, -1)
    centred = wide - wide.mean(axis=2, keepdims=True)
    y = centred / np.sqrt(np.square(centred).mean(axis=2, keepdims=True) + node.attributes["epsilon"])
    along = (1, x.shape[1], *(1,) * (x.ndim - 2))
    factor, offset = (np.repeat(array, x.shape[1] // wanted).reshape(along) for array in (scale, bias))
    return (y.reshape(x.shape) * factor + offset).astype(x.dtype, copy=False)


def is_training(node: Node) -> bool:
    """Return whether batch normalization uses the statistics of the batch, which opsets express in three ways."""
    if node.version >= 14:
        return bool(node.attributes["training_mode"])
    return any(node.outputs[1:]) if node.version >= 7 else not node.attributes["is_test"]


def _normalize(x: Array, mean: Array, variance: Array, epsilon: float, scale: Array, bias: Array) -> Array:
    factor = scale.reshape(mean.shape) / np.sqrt(variance + epsilon)
    return ((x - mean) * factor + bias.reshape(mean.shape)).astype(x.dtype, copy=False)


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Return whether an array of ``shape`` broadcasts to the shape ``to`` without a change of ``to``."""
    return len(shape) <= len(to) and all(
        size in (1, wanted) for size, wanted in zip(reversed(shape), reversed(to), strict=False)
    )
