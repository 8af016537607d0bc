"""The network that a JSON text describes."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...errors import ChecksumError, FormatError, UnsupportedError
from ...layers import Layer
from ...layers.container import as_chain
from ...losses import LOSSES, Loss
from ...network.facts import read_facts
from ...sequential import Sequential
from .. import strict_json
from ..network_size import check_network
from ..strict_json import short
from .fields import ADDED, FIELDS, FORMAT_VERSION, check_fields, digest_of, is_entry
from .first_values import first_values


def rebuild(text: str | None, state: dict[str, Array], known: dict[str, type[Layer]], path: str) -> Sequential:
    """Return the network that a JSON text describes, with the weights ``state``.

    Parameters
    ----------
    text : str or None
        The text of `describe`; None for a file without one, which is an error.
    state : dict of ndarray
        The weights by name; copied.
    known : dict of classes
        The classes of layers by name.
    path : str
        The path for a hint; errors do not begin with it.

    Raises
    ------
    FormatError, ChecksumError, UnsupportedError
        For a text that is damaged or was changed, or weights or layers that do not fit.
    """
    if text is None:
        raise FormatError(
            "holds weights alone, without the layers they belong to. Make the network, then "
            f"network.load_state_dict(nnfs.io.load_weights({path!r}))"
        )
    architecture = _parse(text)
    wanted, found = architecture.pop("sha256"), digest_of(architecture, state)
    if found != wanted:
        text = f"was changed after it was written: got the SHA-256 {found}, wanted {short(wanted)}"
        raise ChecksumError(text)
    layers = as_chain(_Reader(known).make(architecture["layers"], "layers"), "layers")
    try:
        with first_values(layers, state):
            network = Sequential(
                layers, tuple(architecture["input_shape"]), seed=architecture["seed"], dtype=architecture["dtype"]
            )
        _check_dtypes(network.state_dict(), state)
        network.load_state_dict(state)
        check_network(network, sum(array.nbytes for array in state.values()))
        network.facts = read_facts(architecture.get("facts", {}))
        _freeze(network, architecture.get("frozen", []))
    except (ValueError, TypeError) as error:
        raise FormatError(str(error)) from error
    _check_shared(network, state)
    network.loss = make_loss(architecture["loss"])
    return network


def _parse(text: str) -> dict[str, Any]:
    try:
        architecture = strict_json.parse(text)
    except ValueError as error:
        raise FormatError(f"__metadata__: nnfs: not strict JSON: {error}") from None
    if not isinstance(architecture, dict):
        raise FormatError(f"__metadata__: nnfs: got {short(architecture)}, wanted an object")
    version = architecture.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        writer = short(architecture.get("nnfs_version"))
        raise UnsupportedError(
            f"has format {version}, written by nnfs {writer}; this nnfs reads up to {FORMAT_VERSION}"
        )
    check_fields(architecture, FIELDS | (ADDED.get(version, {}) if type(version) is int else {}), "nnfs")
    if version not in ADDED:
        raise FormatError(f"nnfs: format_version: got {version}, wanted 1 to {FORMAT_VERSION}")
    return architecture


def _freeze(network: Sequential, names: list[Any]) -> None:
    """Freeze the layers of these names; raise FormatError for names that the network does not have."""
    known = [name for name, _, _ in network.layers.walk()]
    for name in names:
        if name not in known:
            raise FormatError(f"nnfs: frozen: got {short(name)}, wanted the name of a layer")
    network.layers.frozen = names


def _check_dtypes(wanted: dict[str, Array], state: dict[str, Array]) -> None:
    """Raise FormatError unless each array of the file has the dtype of the network's array with this name."""
    for name, array in state.items():
        if name in wanted and array.dtype != wanted[name].dtype:
            raise FormatError(f"array {short(name)}: got {array.dtype.name}, wanted {wanted[name].dtype.name}")


def _check_shared(network: Sequential, state: dict[str, Array]) -> None:
    """Raise FormatError unless a layer that occurs twice in the network has equal weights under both names."""
    for name, array in network.state_dict().items():
        if not np.array_equal(array, state[name], equal_nan=True):
            raise FormatError(f"array {name!r}: got other values than under the layer's other name")


class _Reader:
    """Make layers from the entries of the JSON text; ``known`` are the classes by name."""

    def __init__(self, known: dict[str, type[Layer]]) -> None:
        self.known = known
        self.made: list[Layer] = []

    def make(self, entries: list[Any], where: str) -> list[Layer]:
        return [self.make_layer(entry, f"{where}[{index}]") for index, entry in enumerate(entries)]

    def make_layer(self, entry: Any, where: str) -> Layer:
        if isinstance(entry, dict) and "same_as" in entry:
            check_fields(entry, {"same_as": (int,)}, where)
            if not 0 <= entry["same_as"] < len(self.made):
                raise FormatError(f"{where}: same_as: got {entry['same_as']}, wanted the index of an earlier layer")
            layer = self.made[entry["same_as"]]
        else:
            check_fields(entry, {"name": (str,), "config": (dict,)}, where)
            name = entry["name"]
            if name not in self.known:
                raise UnsupportedError(
                    f"{where} is {short(name)}, which is no layer of nnfs; "
                    f"if it is yours, give its class: nnfs.load(path, layers=[{name[:50]}])"
                )
            config = {key: self.value(value, f"{where}.{key}") for key, value in entry["config"].items()}
            layer = _make(self.known[name], config, where)
        self.made.append(layer)
        return layer

    def value(self, value: Any, where: str) -> Any:
        """Return an argument for a layer: JSON lists become tuples, and entries become layers."""
        if isinstance(value, list):
            return tuple(self.value(item, f"{where}[{index}]") for index, item in enumerate(value))
        if isinstance(value, dict):
            return self.make_layer(value, where) if is_entry(value) else _tuples(value)
        return value


def make_loss(entry: Any) -> Loss | None:
    """Return the loss for a result of `describe_loss`; raise FormatError or UnsupportedError for any other value."""
    if entry is None:
        return None
    check_fields(entry, {"name": (str,), "config": (dict,)}, "loss")
    if entry["name"] not in LOSSES:
        raise UnsupportedError(f"loss: got {short(entry['name'])}, which is none of {', '.join(LOSSES)}")
    loss: Loss = _make(LOSSES[entry["name"]], _tuples(entry["config"]), "loss")
    return loss


def _make(make: type[Any], config: dict[str, Any], where: str) -> Any:
    """Call a constructor with arguments from a file; raise FormatError if it does not have or does not accept them."""
    unknown = [name for name in config if name not in inspect.signature(make).parameters]
    if unknown:
        raise FormatError(f"{where}: got the argument {short(unknown[0])}, which {make.__name__} does not have")
    try:
        return make(**config)
    except (ValueError, TypeError) as error:
        raise FormatError(f"{where}: {error}") from error


def _tuples(value: Any) -> Any:
    """Return a JSON value with all lists turned into tuples, which layers take for pairs of sizes."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
