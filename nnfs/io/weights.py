"""Reading and writing arrays by name in safetensors files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, FormatError, NumericError, naming
from ..system.atomic import write_file
from ..system.files import open_regular
from .bfloat16 import widen
from .endings import check_ending
from .header import DTYPES, Entry, read_header
from .strict_json import short

WRITTEN = tuple(dict.fromkeys(np.dtype(code).name for code in DTYPES.values()))


def load_weights(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Read the arrays of a safetensors file of any program.

    ``network.load_state_dict(load_weights(path))`` copies them into a network.

    Returns
    -------
    dict of ndarray
        New arrays by name, in the order of their data in the file; they belong to the caller. Numbers of bfloat16 are
        float32, which holds them exactly.

    Raises
    ------
    FormatError
        For a file that breaks the format; the message names path, byte or field, got and wanted.
    UnsupportedError
        For dtypes that NumPy does not have, such as those of 8 bits.
    OSError
        For a file that cannot be read.
    """
    with naming(path):
        return read(path)[0]


def save_weights(state: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write arrays by name to a safetensors file, whole or not at all.

    Parameters
    ----------
    state : dict of array
        Arrays of floats, integers or bools; not modified.
    path : path
        The file to make or to replace.

    Raises
    ------
    DTypeError
        For a dtype that the format or nnfs does not have.
    NumericError
        When a number is not finite, so that a broken network never replaces a good file.
    ValueError
        For the ending of another format, such as ``.pt``.
    OSError
        When the file cannot be written; an old file is then unchanged.
    """
    arrays = as_arrays(state)
    check_all_finite(arrays)
    write(arrays, {}, path)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the arrays and the metadata of a safetensors file; errors do not name the path."""
    name = os.fspath(path)  # open() would accept an integer, as the number of an open file
    if os.path.isdir(name) and (inside := sorted(Path(os.fsdecode(name)).glob("*.safetensors"))):
        raise FormatError(f"not a regular file; did you mean {inside[-1]}?")
    with open_regular(name) as file:
        entries, metadata = read_header(file, os.fstat(file.fileno()).st_size)
        return {entry.name: _read_array(file, entry) for entry in entries}, metadata


def write(arrays: dict[str, Array], metadata: dict[str, str], path: str | os.PathLike[str]) -> None:
    """Write a safetensors file with the arrays of `as_arrays` and texts by name as metadata, whole or not at all."""
    check_ending(path, ".safetensors")
    from safetensors.numpy import save

    write_file(path, save(arrays, metadata or None))


def as_arrays(state: Mapping[str, Any]) -> dict[str, Array]:
    """Return arrays by name, C-contiguous and in native byte order; raise DTypeError or ValueError for other values."""
    if not isinstance(state, Mapping):
        raise DTypeError(f"weights must be a dict of arrays by name, got {type(state).__name__}")
    return {name: _checked(name, values) for name, values in state.items()}


def check_all_finite(arrays: dict[str, Array]) -> None:
    """Raise NumericError, which names the array, when a number is not finite."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            count = int(array.size - np.isfinite(array).sum())
            raise NumericError(f"{name} holds {count} of {array.size} numbers that are not finite; nothing was saved")


def _read_array(file: BinaryIO, entry: Entry) -> Array:
    data = np.empty(entry.end - entry.begin, np.uint8)
    read = file.readinto(data) if data.size else 0  # type: ignore[attr-defined]
    if read != data.size:
        raise FormatError(f"array {short(entry.name)}: got {read} bytes of data, wanted {data.size}")
    if entry.dtype == bool and data.size and data.max() > 1:
        raise FormatError(f"array {short(entry.name)}: got a byte of {data.max()}, wanted 0 or 1 for BOOL")
    array = data.view(entry.dtype).reshape(entry.shape)
    array = array.astype(entry.dtype.newbyteorder("="), copy=False)
    return widen(array) if entry.is_bfloat16 else array


def _checked(name: Any, values: Any) -> Array:
    """Return an array C-contiguous and in native byte order, because the writer copies memory and ignores strides."""
    if not isinstance(name, str):
        raise DTypeError(f"names of weights must be texts, got {name!r}")
    if name == "__metadata__":
        raise ValueError("no array can have the name '__metadata__', which the file format keeps for itself")
    array = np.asarray(values)
    if isinstance(values, np.ma.MaskedArray) or array.dtype.name not in WRITTEN:
        raise DTypeError(
            f"{name} must be an array of {', '.join(WRITTEN)}, got {type(values).__name__} of {array.dtype}"
        )
    return np.require(array, array.dtype.newbyteorder("="), "C")
