"""The JSON text of a network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...errors import UnsupportedError
from ...initializers import INITIALIZERS
from ...layers import LAYERS, Layer
from ...losses import LOSSES, Loss
from ...network.network import Network
from .. import strict_json
from ..strict_json import short
from .fields import ADDED, digest_of, is_entry


def describe(network: Network, state: dict[str, Array]) -> str:
    """Return the JSON text of a network with the weights ``state``.

    Raises UnsupportedError for arguments of layers that JSON cannot hold.
    """
    import json

    from ...system.version import __version__

    facts, frozen = network.facts.known(), network.layers.frozen
    version = 4 if "preprocessing" in facts else 3 if frozen else 2 if facts else 1
    added = {"facts": facts, "frozen": frozen}
    architecture = {
        "format_version": version,
        "nnfs_version": __version__,
        "input_shape": list(network.input_shape),
        "dtype": network.dtype.name,
        "seed": network.seed,
        "loss": describe_loss(network.loss),
        "layers": _Writer().describe(network.layers),
    } | {name: added[name] for name in ADDED[version]}
    text = json.dumps(architecture | {"sha256": digest_of(architecture, state)}, allow_nan=False)
    try:
        strict_json.parse(text)
    except ValueError as error:
        raise UnsupportedError(f"the layers' arguments cannot be saved: {error}") from None
    return text


class _Writer:
    """Turn layers into entries of the JSON text; a layer that occurs again becomes ``same_as``."""

    def __init__(self) -> None:
        self.index: dict[int, int] = {}
        self.count = 0

    def describe(self, layers: list[Layer], within: str = "") -> list[dict[str, Any]]:
        return [self.describe_layer(layer, f"{within}layer {index}") for index, layer in enumerate(layers)]

    def describe_layer(self, layer: Layer, where: str) -> dict[str, Any]:
        first = self.index.get(id(layer))
        name, where = type(layer).__name__, f"{where}, {type(layer).__name__}"
        entry: dict[str, Any] = {"same_as": first} if first is not None else {"name": name, "config": {}}
        if first is None:
            if LAYERS.get(name, type(layer)) is not type(layer):
                raise UnsupportedError(f"{where}: your class has the name of a layer of nnfs; give it another one")
            try:
                config = layer.config()
            except AttributeError as error:
                raise UnsupportedError(
                    f"{where}: must keep each argument of its __init__ under the argument's name: {error}"
                ) from None
            entry["config"] = {key: self.plain(value, f"{where}: {key}") for key, value in config.items()}
        self.index.setdefault(id(layer), self.count)
        self.count += 1
        return entry

    def plain(self, value: Any, where: str) -> Any:
        """Return an argument of a layer as a value for JSON: layers become entries, tuples become lists."""
        if isinstance(value, Layer):
            return self.describe_layer(value, where)
        if isinstance(value, list | tuple):
            return [self.plain(item, where) for item in value]
        if isinstance(value, dict) and is_entry(value):
            raise UnsupportedError(f"{where} is {short(value)}, which a file would hold for a layer; use other keys")
        return _plain(value, where)


def describe_loss(loss: Loss | None) -> dict[str, Any] | None:
    """Return name and arguments of a loss of nnfs for JSON; None for no loss, and for a loss class of the user's."""
    if loss is None or LOSSES.get(loss.name) is not type(loss):
        return None
    return {"name": loss.name, "config": {key: _plain(value, key) for key, value in loss.config().items()}}


def _plain(value: Any, where: str) -> Any:
    """Return a value for JSON; tuples become lists. Raise UnsupportedError, which names ``where``, for other types."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, where) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, where) for key, item in value.items()}
    if callable(value) and where.endswith("initializer"):
        name = getattr(value, "__name__", "")
        return name if INITIALIZERS.get(name) is value else "zeros"
    raise UnsupportedError(
        f"{where} is {short(value)}; only finite numbers, texts, None, and lists and dicts of these can be saved"
    )
