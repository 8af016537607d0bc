"""The architecture of a network as JSON text: names of layers with their arguments, never code.

The text of a network with two layers that are one and the same object::

    {"format_version": 1, "nnfs_version": "0.1.0", "sha256": "...",
     "input_shape": [2], "dtype": "float32", "seed": 0, "loss": {"name": "huber", "config": {"delta": 1.0}},
     "layers": [{"name": "Dense", "config": {"units": 1, ...}}, {"same_as": 0}]}

A layer that is an argument of another layer is written in this form, too. ``same_as`` is the number of an earlier
layer; the layers within a layer are counted before it. The digest covers the weights and all other fields. A network
with `Facts` has format 2 and one more field: ``"facts": {"class_names": ["cat", "dog"]}``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape
from ..errors import ChecksumError, FormatError, UnsupportedError
from ..initializers import INITIALIZERS, Initializer
from ..layers import LAYERS, Layer
from ..layers.chain import Chain
from ..layers.container import as_chain
from ..losses import LOSSES, Loss
from ..network.facts import read_facts
from ..network.network import Network
from ..sequential import Sequential
from ..system.digest import digest
from . import strict_json
from .network_size import check_network
from .strict_json import short

FORMAT_VERSION = 2
"""The newest format that is read; a network without facts is written in format 1."""
FIELDS: dict[str, tuple[type, ...]] = {
    "format_version": (int,),
    "nnfs_version": (str,),
    "sha256": (str,),
    "input_shape": (list,),
    "dtype": (str,),
    "seed": (int,),
    "loss": (dict, type(None)),
    "layers": (list,),
}
# The array whose first values each of these arguments of nnfs's layers gives.
INITIALIZED = {
    "initializer": "weight",
    "bias_initializer": "bias",
    "mean_initializer": "mean",
    "scale_initializer": "scale",
}


def describe(network: Network, state: dict[str, Array]) -> str:
    """Return the JSON text of a network with the weights ``state``.

    Raises UnsupportedError for arguments of layers that JSON cannot hold.
    """
    import json

    from ..system.version import __version__

    facts = network.facts.known()
    architecture = {
        "format_version": FORMAT_VERSION if facts else 1,
        "nnfs_version": __version__,
        "input_shape": list(network.input_shape),
        "dtype": network.dtype.name,
        "seed": network.seed,
        "loss": describe_loss(network.loss),
        "layers": _Writer().describe(network.layers),
    } | ({"facts": facts} if facts else {})
    text = json.dumps(architecture | {"sha256": digest_of(architecture, state)}, allow_nan=False)
    try:
        strict_json.parse(text)
    except ValueError as error:
        raise UnsupportedError(f"the layers' arguments cannot be saved: {error}") from None
    return text


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
        with _first_values(layers, state):
            network = Sequential(
                layers, tuple(architecture["input_shape"]), seed=architecture["seed"], dtype=architecture["dtype"]
            )
        _check_dtypes(network.state_dict(), state)
        network.load_state_dict(state)
        check_network(network, sum(array.nbytes for array in state.values()))
        network.facts = read_facts(architecture.get("facts", {}))
    except (ValueError, TypeError) as error:
        raise FormatError(str(error)) from error
    _check_shared(network, state)
    network.loss = make_loss(architecture["loss"])
    return network


# Writing


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
        if isinstance(value, dict) and _is_entry(value):
            raise UnsupportedError(f"{where} is {short(value)}, which a file would hold for a layer; use other keys")
        return _plain(value, where)


def _is_entry(value: dict[str, Any]) -> bool:
    """Return whether a JSON object has the fields of a layer's entry."""
    return value.keys() in ({"name", "config"}, {"same_as"})


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


def digest_of(architecture: dict[str, Any], state: dict[str, Array]) -> str:
    """Return the SHA-256, in hexadecimal, of a JSON object and of arrays by name."""
    import json

    return digest(state, json.dumps(architecture, sort_keys=True).encode())


# Reading


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
    _check_fields(architecture, FIELDS | ({"facts": (dict,)} if version == FORMAT_VERSION else {}), "nnfs")
    if version not in (1, FORMAT_VERSION):
        raise FormatError(f"nnfs: format_version: got {version}, wanted 1 or {FORMAT_VERSION}")
    return architecture


def _check_fields(found: Any, wanted: dict[str, tuple[type, ...]], where: str) -> None:
    """Raise FormatError, which names ``where``, unless ``found`` is an object with exactly these fields and types."""
    if not isinstance(found, dict) or found.keys() != wanted.keys():
        got = list(found) if isinstance(found, dict) else found
        raise FormatError(f"{where}: got {short(got)}, wanted the fields {', '.join(wanted)}")
    for name, types in wanted.items():
        if type(found[name]) not in types:
            names = " or ".join(type_.__name__ for type_ in types)
            raise FormatError(f"{where}: {name}: got {short(found[name])}, wanted {names}")


def _check_dtypes(wanted: dict[str, Array], state: dict[str, Array]) -> None:
    """Raise FormatError unless each array of the file has the dtype of the network's array with this name."""
    for name, array in state.items():
        if name in wanted and array.dtype != wanted[name].dtype:
            raise FormatError(f"array {short(name)}: got {array.dtype.name}, wanted {wanted[name].dtype.name}")


class _Reader:
    """Make layers from the entries of the JSON text; ``known`` are the classes by name."""

    def __init__(self, known: dict[str, type[Layer]]) -> None:
        self.known = known
        self.made: list[Layer] = []

    def make(self, entries: list[Any], where: str) -> list[Layer]:
        return [self.make_layer(entry, f"{where}[{index}]") for index, entry in enumerate(entries)]

    def make_layer(self, entry: Any, where: str) -> Layer:
        if isinstance(entry, dict) and "same_as" in entry:
            _check_fields(entry, {"same_as": (int,)}, where)
            if not 0 <= entry["same_as"] < len(self.made):
                raise FormatError(f"{where}: same_as: got {entry['same_as']}, wanted the index of an earlier layer")
            layer = self.made[entry["same_as"]]
        else:
            _check_fields(entry, {"name": (str,), "config": (dict,)}, where)
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
            return self.make_layer(value, where) if _is_entry(value) else _tuples(value)
        return value


def make_loss(entry: Any) -> Loss | None:
    """Return the loss for a result of `describe_loss`; raise FormatError or UnsupportedError for any other value."""
    if entry is None:
        return None
    _check_fields(entry, {"name": (str,), "config": (dict,)}, "loss")
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


# Weights first: a file that names a huge layer must not make nnfs allocate it before its weights are compared.


@contextmanager
def _first_values(layers: Chain, state: dict[str, Array]) -> Iterator[None]:
    """Let the layers of nnfs take their first values from the file's arrays within the ``with`` block.

    Each array of the file is then compared with the size that a layer wants before the layer allocates memory.
    """
    before: list[tuple[Layer, str, Any]] = []
    for name, chain, index in layers.walk():
        layer = chain[index]
        if type(layer) is LAYERS.get(type(layer).__name__):
            for argument, parameter in INITIALIZED.items():
                if hasattr(layer, argument):
                    own = getattr(layer, argument)
                    before.append((layer, argument, own))
                    vars(layer)[argument] = _FromFile(own, f"{name}.{parameter}", state)
    try:
        yield
    finally:
        for layer, argument, value in reversed(before):
            vars(layer)[argument] = value


class _FromFile:
    """An initializer that returns an array of the file; its repr is that of the layer's own initializer."""

    def __init__(self, own: str | Initializer, name: str, state: dict[str, Array]) -> None:
        self.own, self.name, self.state = own, name, state

    def __call__(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
        found = self.state.get(self.name)
        if found is None or found.shape != shape:
            got = "is missing" if found is None else f"got shape {found.shape}"
            raise FormatError(f"array {self.name!r}: {got}, wanted shape {shape} for the layer")
        return found

    def __repr__(self) -> str:
        return repr(self.own)


def _check_shared(network: Sequential, state: dict[str, Array]) -> None:
    """Raise FormatError unless a layer that occurs twice in the network has equal weights under both names."""
    for name, array in network.state_dict().items():
        if not np.array_equal(array, state[name], equal_nan=True):
            raise FormatError(f"array {name!r}: got other values than under the layer's other name")
