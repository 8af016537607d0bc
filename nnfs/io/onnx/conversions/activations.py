"""Activations, dropout and multiples of values as layers."""

from __future__ import annotations

import numpy as np

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import Dropout, ReLU, Softmax, Softplus
from ..cures import cure
from ..node import Node
from ..operators.activations import one_number
from ..operators.axes import as_axis
from ..steps import Step
from .layer_arguments import decimal


def scale(node: Node, x: Step, values: Array | None) -> Step:
    """Return the step x with its factor multiplied by a constant; a later operator must use the factor."""
    if values is None or values.size != 1:
        raise UnsupportedError("no layer of nnfs multiplies by constants")
    factor = x.factor * float(values.reshape(-1)[0])
    # The file holds beta and 1 / beta, each rounded, so that their product is not exactly 1.
    return x._replace(factor=1.0 if abs(factor - 1) < 4 * np.finfo(x.dtype).eps else factor)


def softplus(node: Node, x: Step) -> Step:
    """Return the Softplus layer, as a `Step` after x, for log(1 + exp(beta x)), beta times the layer's output."""
    return x._replace(factor=1.0).then(Softplus(decimal(x.factor)))._replace(factor=x.factor)


def clip(node: Node, x: Step, minimum: Array | None = None, maximum: Array | None = None) -> Step:
    """Return the ReLU layer, as a `Step` after x, that does what the ONNX node ``Clip`` does from 0 to infinity."""
    if node.version < 11:
        low, high = node.attributes.get("min"), node.attributes.get("max")
    else:
        low = None if minimum is None else float(one_number(minimum, "min"))
        high = None if maximum is None else float(one_number(maximum, "max"))
    if low != 0 or (high is not None and high < np.finfo(np.float32).max):
        raise UnsupportedError(f"got limits {low} and {high}, wanted 0 and none, which is ReLU{cure('Clip')}")
    return x.then(ReLU())


def dropout(node: Node, x: Step, ratio: Array | None = None, training: Array | None = None) -> Step:
    """Return the Dropout layer, as a `Step` after x, that does what the ONNX node ``Dropout`` does."""
    rate = node.attributes["ratio"] if node.version < 12 else 0.5 if ratio is None else one_number(ratio, "ratio")
    return x.then(Dropout(decimal(rate)))


def softmax(node: Node, x: Step) -> Step:
    """Return the Softmax layer, as a `Step` after x, that does what the ONNX node ``Softmax`` does."""
    axis = as_axis(node.attributes["axis"], len(x.shape) + 1)
    if axis != 1:
        raise UnsupportedError(f"attribute axis: got {axis}, wanted 1: Softmax is over the scores of a sample alone")
    return x.then(Softmax())
