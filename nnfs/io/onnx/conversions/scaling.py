"""Sums, differences, products and quotients of values and constants as layers, or as weights of the layer before."""

from __future__ import annotations

import numpy as np

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import Conv1D, Conv2D, ConvTranspose2D, Dense, Normalization
from ..node import Node
from ..steps import Step
from .layer_arguments import per_channel

LINEAR = (Dense, Conv1D, Conv2D, ConvTranspose2D)
"""The layers whose weights can take a factor, and whose bias can take a sum."""


def add(node: Node, x: Step, values: Array | None) -> Step:
    """Return x plus a constant: the bias of the layer before, or else a Normalization layer."""
    is_of_rows = isinstance(x.layer, Dense) and len(x.shape) == 2  # (N, T, D)
    if is_of_rows and values is not None and values.size == x.shape[-1] == values.shape[-1]:
        bias = np.array(values.reshape(-1))
    else:
        bias = _constant(node, x, values)
    if x.before is None or not isinstance(x.layer, LINEAR) or (is_of_rows and bias.shape != x.shape[1:]):
        return x.then(Normalization(), mean=-bias)
    known = {name: array for _, name, array in x.weights}
    biased = type(x.layer)(**x.layer.config() | {"use_bias": True})
    return x.before.then(biased, **known | {"bias": known.get("bias", 0) + bias})


def subtract(node: Node, x: Step, values: Array | None) -> Step:
    """Return x minus a constant, a Normalization layer; but a constant minus x is no layer."""
    return x.then(Normalization(), mean=_constant(node, x, values))


def divide(node: Node, x: Step, values: Array | None) -> Step:
    """Return x divided by a constant: the scale of a Normalization layer, or a factor of x if it is one number."""
    known = [name for _, name, _ in x.weights] if isinstance(x.layer, Normalization) else []
    if values is not None and values.size == 1 and known != ["mean"]:
        return _multiple(x, 1 / values.reshape(()))
    x = x.settled()
    scale = _constant(node, x, values)
    if known != ["mean"] or x.before is None:
        return x.then(Normalization(), scale=scale)
    return x.before.then(Normalization(), mean=x.weights[0][2], scale=scale)


def multiply(node: Node, x: Step, values: Array | None) -> Step:
    """Return x times a constant: a factor of x if it is one number, the weights of the layer before, or a scale."""
    if values is not None and values.size == 1:
        return _multiple(x, values.reshape(()))
    x = x.settled()
    factors = _constant(node, x, values)
    if x.before is None or not isinstance(x.layer, LINEAR) or len(x.shape) == 2 or getattr(x.layer, "groups", 1) > 1:
        return x.then(Normalization(), scale=1 / factors)
    axis = 1 if isinstance(x.layer, ConvTranspose2D) else 0
    shaped = factors.reshape([-1 if place == axis else 1 for place in range(x.weights[0][2].ndim)])
    known = {name: array * (factors if name == "bias" else shaped) for _, name, array in x.weights}
    return x.before.then(type(x.layer)(**x.layer.config()), **known)


def _constant(node: Node, x: Step, values: Array | None) -> Array:
    if values is None or node.version < 7:
        raise UnsupportedError("wanted one value and one constant, from opset 7 on")
    return per_channel(values, x.shape)


def _multiple(x: Step, number: Array) -> Step:
    factor = x.factor * float(number)
    # The file holds beta and 1 / beta, each rounded, so that their product is not exactly 1.
    return x._replace(factor=1.0 if abs(factor - 1) < 4 * np.finfo(x.dtype).eps else factor)
