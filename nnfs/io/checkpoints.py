"""Checkpoints: files from which a training can continue, and the newest whole one of a folder.

A checkpoint is the safetensors file of the network that `nnfs.save` writes, with additions: the arrays of the training
state, whose names begin with ``training/``, and the rest of the state as JSON text. In this text ``{"$array": name}``
stands for an array, ``{"$float": "nan"}`` for a number that JSON does not have, and ``{"$rows": {"names": ...,
"values": ...}}`` for dicts of the same names, such as the figures of all epochs, whose values are one array: as text,
a long history would take longer than its training. A digest in the text covers everything else.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from contextlib import suppress
from itertools import chain
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import ChecksumError, FormatError, UnsupportedError, naming
from ..layers import LAYERS
from ..network.network import Network
from ..sequential import Sequential
from . import strict_json
from .architecture import describe, digest_of, rebuild
from .strict_json import short
from .weights import as_arrays, check_all_finite, read, write

FORMAT_VERSION = 2
"""Format 1 had the figures of epochs as text."""
PREFIX = "training/"
"""The prefix of the names of arrays that are no weights."""
NAME = "checkpoint-{:012d}.safetensors"
_PATTERN = re.compile(r"checkpoint-(\d{12})\.safetensors")


def save_checkpoint(path: str | os.PathLike[str], network: Network, state: dict[str, Any]) -> None:
    """Write the state of a training to a file, whole or not at all.

    Parameters
    ----------
    path : path
        The file to make or to replace.
    network : Network
        The network that is trained; not modified.
    state : dict
        The state that `nnfs.training.resuming` describes; not modified.

    Raises
    ------
    NumericError
        When a weight is not finite, so that a broken network never replaces a good one.
    OSError
        When the file cannot be written; an old file is then unchanged.
    """
    weights = as_arrays(state["network"])
    check_all_finite(weights)
    arrays: dict[str, Array] = {}
    text = {name: _encode(value, PREFIX + name, arrays) for name, value in state.items() if name != "network"}
    arrays = as_arrays(arrays | weights)
    text = {"format_version": FORMAT_VERSION, "state": text}
    metadata = {"training": _dumps(text | {"sha256": digest_of(text, arrays)})}
    with suppress(UnsupportedError):  # layers that JSON cannot hold: the program that resumes has them
        metadata["nnfs"] = describe(network, weights)
    write(arrays, metadata, path)


def load_checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the state of a training from a file that `save_checkpoint` wrote; its arrays belong to the caller.

    Raises
    ------
    FormatError
        For a file that is not whole and consistent; the message names path, byte or field, got and wanted.
    ChecksumError
        For a file that was changed after it was written.
    UnsupportedError
        For a file of a later version.
    OSError
        For a file that cannot be read.
    """
    with naming(path):
        return _state_of(*read(path))


def load_network_and_state(path: str | os.PathLike[str]) -> tuple[Sequential, dict[str, Any]]:
    """Read a checkpoint once, for its network and for the state of its training; errors are those of both readers."""
    with naming(path):
        arrays, metadata = read(path)
        state = _state_of(arrays, metadata)
        return rebuild(metadata.get("nnfs"), state["network"], dict(LAYERS), os.fspath(path)), state


def _state_of(arrays: dict[str, Array], metadata: dict[str, str]) -> dict[str, Any]:
    text = _parse(metadata.get("training"))
    wanted = text.pop("sha256")
    found = digest_of(text, arrays)
    if found != wanted:
        raise ChecksumError(f"was changed after it was written: got the SHA-256 {found}, wanted {short(wanted)}")
    state = _decode(text["state"], arrays)
    if not isinstance(state, dict):
        raise FormatError(f"__metadata__: training: state: got {short(state)}, wanted values by name")
    return state | {"network": weights_of(arrays)}


def newest_checkpoint(folder: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Read the state of a training from the newest whole checkpoint of a folder; return None for no checkpoints.

    Damaged checkpoints are skipped with a warning that names them.

    Raises
    ------
    FormatError
        When all checkpoints are damaged.
    UnsupportedError
        When a checkpoint is of a later version of nnfs.
    """
    damaged: list[str] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            state = load_checkpoint(path)
        except (FormatError, OSError) as error:
            damaged.append(str(error))
            continue
        if damaged:
            text = f"a damaged checkpoint was skipped: {'; '.join(damaged)}. Continuing from {path}"
            warnings.warn(text, UserWarning, stacklevel=2)
        return state
    if damaged:
        text = f"no checkpoint is whole; without any, the training starts from the beginning: {'; '.join(damaged)}"
        raise FormatError(text).in_file(folder)
    return None


def list_checkpoints(folder: str | os.PathLike[str]) -> list[str]:
    """Return the paths of all checkpoints in a folder, the oldest first; an empty list for a missing folder."""
    try:
        names = sorted(filter(_PATTERN.fullmatch, os.listdir(folder)))
    except FileNotFoundError:
        return []
    return [os.path.join(folder, name) for name in names]


def steps_of(path: str | os.PathLike[str]) -> int:
    """Return after how many steps a checkpoint was written, as its name tells."""
    return int(_PATTERN.sub(r"\1", os.path.basename(path)))


def weights_of(arrays: dict[str, Array]) -> dict[str, Array]:
    """Return the weights among the arrays of a checkpoint: those whose names have no prefix ``training/``."""
    return {name: values for name, values in arrays.items() if not name.startswith(PREFIX)}


def _parse(text: str | None) -> dict[str, Any]:
    if text is None:
        raise FormatError("is no checkpoint: its metadata has no 'training'; nnfs.load reads networks")
    try:
        found = strict_json.parse(text)
    except ValueError as error:
        raise FormatError(f"__metadata__: training: not strict JSON: {error}") from None
    version = found.get("format_version") if isinstance(found, dict) else None
    if type(version) is int and version > FORMAT_VERSION:
        raise UnsupportedError(f"is a checkpoint of format {version}; this nnfs reads up to {FORMAT_VERSION}")
    if version not in (1, FORMAT_VERSION) or found.keys() != {"format_version", "state", "sha256"}:
        raise FormatError(f"__metadata__: training: got {short(found)}, wanted format_version, state and sha256")
    return found


def _dumps(value: Any) -> str:
    import json

    return json.dumps(value, allow_nan=False)


def _encode(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """Return a value of a training's state as a JSON value, and put its arrays into ``arrays`` by name.

    The names begin with ``name``. Raises UnsupportedError for a type that JSON cannot hold.
    """
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"$array": name}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, dict):
        return {str(key): _encode(item, f"{name}.{key}", arrays) for key, item in value.items()}
    if isinstance(value, list) and _are_rows(value):
        arrays[name] = np.array([list(row.values()) for row in value])
        return {"$rows": {"names": list(value[0]), "values": {"$array": name}}}
    if isinstance(value, list | tuple):
        return [_encode(item, f"{name}.{index}", arrays) for index, item in enumerate(value)]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise UnsupportedError(f"{name} is {short(value)}; a callback's state holds numbers, texts, lists, dicts, arrays")


def _are_rows(values: list[Any]) -> bool:
    """Return whether all values are dicts of the same names in the same order, with a float for each."""
    if not values or not all(isinstance(row, dict) and row for row in values):
        return False
    names = list(values[0])
    are_named = all(isinstance(name, str) for name in names) and all(row == names for row in map(list, values))
    return are_named and set(map(type, chain.from_iterable(map(dict.values, values)))) == {float}


def _decode(value: Any, arrays: dict[str, Array]) -> Any:
    if isinstance(value, list):
        return [_decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$array"} and isinstance(value["$array"], str):
        if value["$array"] not in arrays:
            raise FormatError(f"array {short(value['$array'])}: is missing")
        return arrays[value["$array"]]
    if value.keys() == {"$float"} and value["$float"] in ("nan", "inf", "-inf"):
        return float(value["$float"])
    if value.keys() == {"$rows"}:
        return _decode_rows(value["$rows"], arrays)
    return {key: _decode(item, arrays) for key, item in value.items()}


def _decode_rows(rows: Any, arrays: dict[str, Array]) -> list[dict[str, float]]:
    if isinstance(rows, dict) and rows.keys() == {"names", "values"}:
        names, values = rows["names"], _decode(rows["values"], arrays)
        are_names = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if are_names and isinstance(values, np.ndarray) and values.ndim == 2 and values.shape[1] == len(names):
            return [dict(zip(names, row, strict=True)) for row in values.tolist()]
    raise FormatError(f"__metadata__: training: $rows: got {short(rows)}, wanted names, and an array of their rows")
