"""The check of a layer: it keeps every promise of `nnfs.layers.Layer`."""

from __future__ import annotations

from ..arguments.shapes import Shape, as_integer, as_shape
from ..errors import DTypeError
from ..layers import Layer
from ..system.floating_point import quietly
from .layer_case import LayerCase
from .layer_promises import PROMISES


@quietly
def check_layer(
    layer: Layer, input_shape: int | Shape, *, batch: int = 3, seed: int = 0, training: bool = False
) -> None:
    """Check that a layer keeps every promise of `nnfs.layers.Layer`.

    - The output has the promised shape and type, and a repeated pass gives an equal output.
    - Gradients are right, and are added to the content of ``grad``.
    - Inputs are not modified. Nothing of a pass is kept on the layer; arrays come from the context and are reused.
    - `Layer.buffers` change only in the forward pass, and only in training.
    - An empty batch works, and so does float32.
    - Outside training, the output of a sample does not depend on the other samples.
    - A layer made from ``config`` is equal.

    Parameters
    ----------
    layer : Layer
        A new layer, before ``build``. Not modified: copies of it are checked.
    input_shape : int or tuple of int
        The shape of one sample.
    batch : int
        The number of samples, at least 2.
    seed : int
        The seed of inputs and weights. Inputs are distinct numbers with gaps, so that no two tie in a maximum, and none
        is near 0, where activations have kinks.
    training : bool
        Whether to check passes in training mode. Random layers then draw equal numbers in each pass.

    Raises
    ------
    AssertionError
        If the layer breaks a promise. The message says which.
    DTypeError, ShapeError
        If an argument is wrong.
    """
    batch = as_integer(batch, "check_layer: batch", minimum=2)
    if not isinstance(layer, Layer):
        fix = f"; make one of it: {layer.__name__}(...)" if isinstance(layer, type) else ""
        raise DTypeError(f"check_layer: layer must be a layer, got {layer!r}{fix}")
    case = LayerCase(layer, as_shape(input_shape, "input_shape"), batch, seed, training)
    for check in PROMISES:
        try:
            check(case)
        except AssertionError as error:
            raise AssertionError(f"{layer!r} on samples of shape {case.input_shape}: {error}") from None
