"""Networks by name: functions of (shape of a sample, number of outputs) that return lists of layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..arguments.shapes import Shape
from ..layers import LAYERS, Layer
from ..models import convolutional, fully_connected, lenet5
from ..sequential import Sequential
from .parts import Part, check_part, make


def mlp(
    input_shape: Shape,
    outputs: int,
    *,
    hidden_units: int | Sequence[int] = (128,),
    activation: str = "relu",
    dropout: float = 0.0,
    initializer: str = "he_uniform",
) -> list[Layer]:
    """Return the layers of a fully connected network; the arguments are those of `NeuralNetwork`."""
    return fully_connected(
        input_shape, hidden_units, outputs, activation=activation, dropout=dropout, initializer=initializer
    )


def cnn(
    input_shape: Shape,
    outputs: int,
    *,
    filters: int | Sequence[int] = (16, 32),
    kernel_size: int | Sequence[int] = 3,
    padding: int | str = "same",
    pool_size: int | Sequence[int] = 2,
    hidden_units: int | Sequence[int] = (128,),
    activation: str = "relu",
    dropout: float = 0.0,
    initializer: str = "he_uniform",
) -> list[Layer]:
    """Return the layers of a convolutional network; the arguments are those of `CNN`."""
    return convolutional(
        input_shape,
        filters,
        kernel_size,  # type: ignore[arg-type]
        padding=padding,  # type: ignore[arg-type]
        pool_size=pool_size,  # type: ignore[arg-type]
        hidden_units=hidden_units,
        output_shape=outputs,
        activation=activation,
        dropout=dropout,
        initializer=initializer,
    )


NAMED_NETWORKS: dict[str, Callable[..., list[Layer]]] = {network.__name__: network for network in (mlp, cnn, lenet5)}


def describe_network(part: Part, input_shape: Shape, outputs: int) -> list[Part]:
    """Return the layers of a named network as parts: for each layer its name and all its arguments."""
    layers: list[Layer] = make(part, NAMED_NETWORKS, "network", input_shape, outputs)
    return [{"name": type(layer).__name__} | layer.config() for layer in layers]


def make_layers(parts: list[Part]) -> list[Layer]:
    """Return new layers, one for each part ``{"name": ..., argument: value, ...}``.

    An argument may hold layers in turn: ``{"name": "Residual", "body": [{"name": "ReLU"}]}``. Raises ValueError, which
    names the entry, for an unknown layer or a wrong argument.
    """
    return [_make_layer(part, f"layers[{index}]") for index, part in enumerate(parts)]


def _make_layer(part: Part, where: str) -> Layer:
    check_part(part, where)
    layer: Layer = make({name: _argument(value, f"{where}.{name}") for name, value in part.items()}, LAYERS, where)
    return layer


def _argument(value: Any, where: str) -> Any:
    if isinstance(value, list):
        return [_argument(item, f"{where}[{index}]") for index, item in enumerate(value)]
    return _make_layer(value, where) if isinstance(value, dict) else value


def make_network(parts: list[Part], input_shape: Shape, *, seed: int, dtype: str) -> Sequential:
    """Return a new network with the layers that `make_layers` builds from ``parts``."""
    return Sequential(make_layers(parts), input_shape, seed=seed, dtype=dtype)
