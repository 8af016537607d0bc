"""Values in another shape as layers."""

from __future__ import annotations

from ...._kernels.interface import Array
from ....errors import UnsupportedError
from ....layers import Flatten, GlobalAvgPool2D, GlobalMaxPool2D, Reshape
from ..node import Node
from ..operators.arrangement import reshape_target, reshaped
from ..operators.axes import as_axis
from ..steps import Step


def flatten(node: Node, x: Step) -> Step:
    """Return the Flatten layer, as a `Step` after x, that does what the ONNX node ``Flatten`` does."""
    axis = as_axis(node.attributes["axis"], len(x.shape) + 1, end=True)
    if axis != 1:
        raise UnsupportedError(f"attribute axis: got {axis}, wanted 1: Flatten keeps the samples apart")
    return _flat(x)


def _flat(x: Step) -> Step:
    """Return the step of a Flatten layer; after a pool over whole images, drop its Reshape instead."""
    after_pool = x.before is not None and isinstance(x.before.layer, GlobalAvgPool2D | GlobalMaxPool2D)
    if x.before is not None and after_pool and isinstance(x.layer, Reshape):
        return x.before
    return x.then(Flatten())


def reshape(node: Node, x: Step, shape: Array | None = None) -> Step:
    """Return the Flatten or Reshape layer, as a `Step` after x, that does what the ONNX node ``Reshape`` does, or x."""
    wanted, allow_zero = reshape_target(node, shape)
    # With two batch sizes, a size that is the batch's differs from a constant size that is equal by chance.
    batches = (2, 3) if x.batch is None else (x.batch,)
    results = [reshaped((batch, *x.shape), wanted, allow_zero) for batch in batches]
    if any(result[:1] != (batch,) for result, batch in zip(results, batches, strict=True)):
        raise UnsupportedError(f"shape: got {wanted}, wanted one that keeps the samples apart")
    if results[0][1:] == x.shape:
        return x
    return _flat(x) if len(results[0]) == 2 else x.then(Reshape(results[0][1:]))
