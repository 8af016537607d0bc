"""Activations and dropout as layers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import ELU, Clip, Dropout, HardSigmoid, Layer, LeakyReLU, ReLU, Softplus
from ..node import Node
from ..operators.activations import one_number
from ..operators.axes import as_axis
from ..steps import Step
from .layer_arguments import decimal


def softplus(node: Node, x: Step) -> Step:
    """Return the Softplus layer, as a `Step` after x, for log(1 + exp(beta x)), beta times the layer's output."""
    if "beta" in node.attributes:  # nodes that were joined
        return x.settled().then(Softplus(decimal(node.attributes["beta"])))
    return x._replace(factor=1.0).then(Softplus(decimal(x.factor)))._replace(factor=x.factor)


def clip(node: Node, x: Step, minimum: Array | None = None, maximum: Array | None = None) -> Step:
    """Return the ReLU or Clip layer, as a `Step` after x, that does what the ONNX node ``Clip`` does."""
    if node.version < 11:
        low, high = (node.attributes.get(name) for name in ("min", "max"))
    else:
        limits = (("min", minimum), ("max", maximum))
        low, high = (None if array is None else float(one_number(array, name)) for name, array in limits)
    largest = float(np.finfo(np.float32).max)
    low = None if low is None or low <= -largest else low
    high = None if high is None or high >= largest else high
    if low is None and high is None:
        return x
    if high is None and low == 0:
        return x.then(ReLU())
    most = float(np.finfo(x.dtype).max)  # the layer has both limits
    return x.then(Clip(-most if low is None else decimal(low), most if high is None else decimal(high)))


def selu(node: Node, x: Step) -> Step:
    """Return the ELU layer, as a `Step` after x, times gamma, for the ONNX node ``Selu``."""
    return x.then(ELU(decimal(node.attributes["alpha"])))._replace(factor=node.attributes["gamma"])


def celu(node: Node, x: Step) -> Step:
    """Return the ELU layer, as a `Step` after x / alpha, times alpha, for the ONNX node ``Celu``."""
    alpha = node.attributes["alpha"]
    return x._replace(factor=1 / alpha).settled().then(ELU())._replace(factor=alpha)


def prelu(node: Node, x: Step, slopes: Array | None) -> Step:
    """Return the LeakyReLU layer, as a `Step` after x, for the ONNX node ``PRelu`` with one slope."""
    if slopes is None or not slopes.size or (slopes != slopes.reshape(-1)[0]).any():
        raise UnsupportedError("input slope: wanted equal numbers, as LeakyReLU has one for all channels")
    return x.then(LeakyReLU(decimal(slopes.reshape(-1)[0])))


def hard_sigmoid(node: Node, x: Step) -> Step:
    """Return the HardSigmoid layer, as a `Step` after x, that does what the ONNX node ``HardSigmoid`` does."""
    return x.then(HardSigmoid(decimal(node.attributes["alpha"]), decimal(node.attributes["beta"])))


def dropout(node: Node, x: Step, ratio: Array | None = None, training: Array | None = None) -> Step:
    """Return the Dropout layer, as a `Step` after x, that does what the ONNX node ``Dropout`` does."""
    rate = node.attributes["ratio"] if node.version < 12 else 0.5 if ratio is None else one_number(ratio, "ratio")
    return x.then(Dropout(decimal(rate)))


def over_scores(make: Callable[[], Layer]) -> Callable[[Node, Step], Step]:
    """Return the function for ``Softmax`` or ``LogSoftmax``, whose layer is over the scores of a sample."""

    def convert(node: Node, x: Step) -> Step:
        axis = as_axis(node.attributes["axis"], len(x.shape) + 1)
        if axis != 1:
            raise UnsupportedError(
                f"attribute axis: got {axis}, wanted 1: {node.operator} is over the scores of a sample alone"
            )
        return x.then(make())

    return convert
