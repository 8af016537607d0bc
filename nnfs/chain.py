"""The chain of a network's layers: what each one is given, and whether it can take it."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import DTypeError, ShapeError
from .layers import Layer
from .shapes import Shape, as_shape, channels_last_hint


def check_layers(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers as a list; raise DTypeError or ValueError for what no network can be made of."""
    if not isinstance(layers, list | tuple) or not layers:
        raise DTypeError(f"layers must be a list of at least one layer, got {layers!r}")
    for index, layer in enumerate(layers):
        if isinstance(layer, type):
            raise DTypeError(f"layers[{index}] is the class {layer.__name__}; make one of it: {layer.__name__}(...)")
        if not isinstance(layer, Layer):
            raise DTypeError(f"layers[{index}] must be a layer, got {layer!r} of type {type(layer).__name__}")
        if layer.built_for is not None:
            raise ValueError(f"layers[{index}], {layer!r}, belongs to another network already; make a new one")
    return list(layers)


def chain_shapes(layers: list[Layer], input_shape: Shape) -> list[Shape]:
    """Return the shapes before the first layer, between layers and after the last one."""
    shapes = [input_shape]
    built_for: dict[int, Shape] = {}
    for index, layer in enumerate(layers):
        wanted = built_for.setdefault(id(layer), shapes[-1])
        if wanted != shapes[-1] and has_build(layer):
            raise ShapeError(
                f"layer {index}, {layer!r}, stands in the network twice, for samples of shape {wanted} and of shape "
                f"{shapes[-1]}; make a second one"
            )
        try:
            shapes.append(as_shape(layer.output_shape(shapes[-1]), "an axis of its output"))
        except (ShapeError, DTypeError) as error:
            so_far = f"{input_shape}" + "".join(
                f" -> {type(done).__name__} {shape}" for done, shape in zip(layers, shapes[1:], strict=False)
            )
            text = f"layer {index}, {layer!r}: {error}. Shapes so far: {so_far}" + channels_last_hint(input_shape)
            raise error.reworded(text, layer=index) from None
    return shapes


def has_build(layer: Layer) -> bool:
    """Return whether a layer prepares itself for one shape of samples."""
    return type(layer).build is not Layer.build
