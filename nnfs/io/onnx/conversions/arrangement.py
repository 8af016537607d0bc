"""Values in another shape, or with their axes in another order, as layers."""

from __future__ import annotations

from ...._kernels.interface import Array
from ....arguments.shapes import Shape
from ....errors import FormatError, UnsupportedError
from ....layers import Flatten, GlobalAvgPool1D, GlobalAvgPool2D, GlobalMaxPool1D, GlobalMaxPool2D, Permute, Reshape
from ..node import Node
from ..operators.arrangement import blocks, reshape_target, reshaped
from ..operators.axes import as_axis
from ..operators.shapes import squeezed, unsqueezed
from ..steps import Step
from ..tensors import BFLOAT16, read_dtype

GLOBAL = (GlobalAvgPool1D, GlobalAvgPool2D, GlobalMaxPool1D, GlobalMaxPool2D)


def flatten(node: Node, x: Step) -> Step:
    """Return the Flatten layer, as a `Step` after x, that does what the ONNX node ``Flatten`` does."""
    axis = as_axis(node.attributes["axis"], len(x.shape) + 1, end=True)
    if axis != 1:
        raise UnsupportedError(f"attribute axis: got {axis}, wanted 1: Flatten keeps the samples apart")
    return _flat(x)


def _flat(x: Step) -> Step:
    """Return the step of a Flatten layer; after a pool over whole images, drop its Reshape instead."""
    after_pool = x.before is not None and isinstance(x.before.layer, GLOBAL)
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
    return _reshaped(x, results[0][1:])


def _reshaped(x: Step, shape: Shape) -> Step:
    """Return the step of a layer that gives samples another shape, or x itself if they have this shape."""
    if shape == x.shape:
        return x
    return _flat(x) if len(shape) == 1 else x.then(Reshape(shape))


def squeeze(node: Node, x: Step, axes: Array | None = None) -> Step:
    """Return the layer, as a `Step` after x, that does what the ONNX node ``Squeeze`` does."""
    # A batch of 2 is not dropped as an axis of size 1.
    sizes = squeezed(node, (2, *x.shape), axes)
    if sizes[:1] != (2,) or len(sizes) < 2:
        raise UnsupportedError(f"axes: got {axes}, wanted axes that keep the samples apart, and one axis at least")
    return _reshaped(x, sizes[1:])


def unsqueeze(node: Node, x: Step, axes: Array | None = None) -> Step:
    """Return the layer, as a `Step` after x, that does what the ONNX node ``Unsqueeze`` does."""
    sizes = unsqueezed(node, (2, *x.shape), axes)
    if sizes[0] != 2:
        raise UnsupportedError(f"axes: got {axes}, wanted axes that keep the samples apart")
    return _reshaped(x, sizes[1:])


def transpose(node: Node, x: Step) -> Step:
    """Return the step x with its axes in another order, which is not yet a layer: a later transpose may undo it."""
    rank = len(x.shape) + 1
    wanted = node.attributes.get("perm", tuple(range(rank))[::-1])
    if sorted(wanted) != list(range(rank)):
        raise FormatError(f"attribute perm: got {wanted}, wanted the axes 0 to {rank - 1} in any order")
    if wanted[0] != 0:
        raise UnsupportedError(f"attribute perm: got {wanted}, wanted 0 first: a layer keeps the samples apart")
    before = x.order or tuple(range(rank))
    order = tuple(before[axis] for axis in wanted)
    return x._replace(order=None if order == tuple(range(rank)) else order)


def cast(node: Node, x: Step) -> Step:
    """Return the step x for a Cast to the dtype that it has."""
    dtype, _ = read_dtype(node.attributes["to"], "attribute to")
    if dtype != x.dtype or node.attributes["to"] == BFLOAT16:
        raise UnsupportedError(f"attribute to: got {dtype.name}, wanted {x.dtype.name}; a network has one type")
    return x


def blocks_of_pixels(node: Node, x: Step) -> Step:
    """Return Reshape, Permute and Reshape, as a `Step` after x, for ``DepthToSpace`` and ``SpaceToDepth``."""
    split, order, joined = blocks(node, x.shape)
    return x.then(Reshape(split)).then(Permute(order)).then(Reshape(joined))
