"""The start of a run: a new network, perhaps with the weights of another one, and with layers that stay as they are."""

from __future__ import annotations

import os
from typing import Any

from ..arguments.shapes import Shape
from ..errors import ShapeError
from ..explain.text import choose_layers
from ..layers import Dense, Layer, Normalization
from ..sequential import Sequential
from .named_networks import make_network
from .parts import Part
from .saved import open_network


def start_network(settings: dict[str, Any], input_shape: Shape) -> tuple[Sequential, str]:
    """Return the network of a run before its first step, and what it has of the network that it starts from.

    Parameters
    ----------
    settings : dict
        The settings of a run, with layers: ``start_from`` names a file or a run whose arrays are taken as far as names
        and shapes fit, and ``freeze`` the layers that stay, as in ``0-2,4.body.0``.
    input_shape : tuple of int
        The shape of a sample.

    Raises
    ------
    ShapeError
        If no array fits, or if there is no layer of a name.
    FormatError, OSError
        If the other network cannot be read.
    """
    network = make_network(settings["layers"], input_shape, seed=settings["seed"], dtype=settings["dtype"])
    about = ""
    if (path := settings.get("start_from")) is not None:
        state = open_network(path)[0].state_dict()
        try:
            missing, unexpected, other = network.load_state_dict(state, strict=False)
        except ShapeError as error:
            raise ShapeError(f"start_from: {path}: {error}") from None
        about = f"{len(network.state_dict()) - len(missing + other)} arrays are those of {path}"
        for what, names in (("new", [*missing, *other]), ("left out", unexpected)):
            about += f"; {what}: {', '.join(names)}" if names else ""
    if (frozen := settings.get("freeze")) is not None:
        names = [name for name, _, _ in network.layers.walk()]
        try:
            chosen = choose_layers(names, frozen)
        except ShapeError as error:
            raise ShapeError(f"freeze: {error}") from None
        for name, chain, index in network.layers.walk():
            if name in chosen:
                chain[index].trainable = False
        about += f"{'; ' if about else ''}frozen: {', '.join(chosen)}"
    return network, about


def layers_to_start_from(path: str | os.PathLike[str], input_shape: Shape, outputs: int) -> list[Part]:
    """Return the layers of a network as parts, with another last one where it has another number of outputs.

    Raises ValueError if samples have another shape than the network takes, or if its end cannot be another.
    """
    network = open_network(path)[0]
    if network.input_shape != input_shape:
        raise ValueError(
            f"start_from: {path} takes samples of shape {network.input_shape}, and the data have {input_shape}"
        )
    layers = list(network.layers)
    if network.output_shape != (outputs,):
        if isinstance(layers[-1], Normalization) and len(layers) > 1:  # it scales the outputs that go
            layers.pop()
        if not isinstance(layers[-1], Dense):
            raise ValueError(
                f"start_from: {path} has outputs {network.output_shape}, the data need {outputs}, and its last layer, "
                f"{layers[-1]!r}, is no Dense layer that another can replace; give the layers: --network FILE.toml"
            )
    parts = [_as_part(layer) for layer in layers]
    if network.output_shape != (outputs,):
        parts[-1]["units"] = outputs
    return parts


def _as_part(layer: Layer) -> Part:
    return {"name": type(layer).__name__} | {name: _as_plain(value) for name, value in layer.config().items()}


def _as_plain(value: Any) -> Any:
    if isinstance(value, Layer):
        return _as_part(value)
    return [_as_plain(item) for item in value] if isinstance(value, list | tuple) else value
