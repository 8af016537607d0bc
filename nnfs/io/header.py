"""The header of a safetensors file, checked to the last byte before memory is allocated.

The format (Hugging Face, "safetensors", section "Format"): the length of the header in 8 bytes, little-endian; the
header, a JSON object of names, each with dtype, shape and the two offsets of its data; then the data, without
holes. These checks are stricter than those of the safetensors library, which accepts duplicate names, leading white
space, unknown fields, shapes that overflow, and values of booleans other than 0 and 1.
"""

from __future__ import annotations

import math
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ..errors import FormatError, UnsupportedError
from . import strict_json
from .strict_json import short

BFLOAT16 = "BF16"
"""The name of bfloat16, whose 16 bits are kept in uint16 until they are widened to float32."""
DTYPES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    BFLOAT16: "<u2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
}
# Types of the format that NumPy does not have or nnfs does not use.
FOREIGN = (
    *("C64", "F4", "F6_E2M3", "F6_E3M2"),
    *("F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"),
)
LARGEST_HEADER = 100_000_000
"""The limit that the format sets, in bytes."""
LARGEST_RANK = 64
"""The limit that NumPy sets."""
MOST_BYTES = 2**63 - 1
"""The largest number of bytes that NumPy can count for one array."""
# The first bytes of files that people mistake for safetensors files.
OTHERS = {
    b"PK\3\4": "a zip archive, as NumPy's .npz and PyTorch's .pt are",
    b"\x93NUMPY": "a NumPy .npy file",
    b"\x80": "a pickle",
    b"\x89HDF": "an HDF5 file",
    b"\x1f\x8b": "a gzip file",
}


class Entry(NamedTuple):
    """Describe one array of the file; its bytes are those from ``begin`` to ``end``, counted from the header's end."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int
    is_bfloat16: bool = False


def read_header(file: BinaryIO, size: int) -> tuple[list[Entry], dict[str, str]]:
    """Read the header from the start of a file of ``size`` bytes; the file is then at the first byte of data.

    Returns
    -------
    entries : list of Entry
        The arrays in the order of their data, without holes between them.
    metadata : dict of str
        The texts that the file holds beside the arrays, by name.

    Raises
    ------
    FormatError
        For a header that breaks the format; the message names byte or field, got and wanted.
    UnsupportedError
        For an array of a type that NumPy does not have.
    """
    length = _length(file, size)
    data_size = size - 8 - length
    header = _parse(file.read(length), length)
    metadata = _metadata(header.pop("__metadata__", {}))
    entries = []
    for name, fields in header.items():
        try:
            entries.append(_entry(name, fields, data_size))
        except (FormatError, UnsupportedError) as error:
            raise error.reworded(f"array {short(name)}: {error}") from None
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    _check_cover(entries, data_size)
    return entries, metadata


def _length(file: BinaryIO, size: int) -> int:
    first = file.read(8)
    if len(first) < 8:
        text = f"is no .safetensors file; ends at byte {len(first)}, wanted the 8 bytes of the header's length"
        raise FormatError(text)
    length = int.from_bytes(first, "little")
    largest = min(size - 8, LARGEST_HEADER)
    if length > largest:
        other = next((f": this is {what}" for magic, what in OTHERS.items() if first.startswith(magic)), "")
        is_cut = length <= LARGEST_HEADER and file.read(1) == b"{"
        what = "the file is cut short" if is_cut else f"is no .safetensors file{other}"
        text = f"{what}; byte 0: got a header of {length:,} bytes, wanted at most {largest:,}"
        raise FormatError(text)
    return length


def _parse(data: bytes, length: int) -> dict[str, Any]:
    if len(data) < length:
        end = 8 + len(data)
        raise FormatError(f"ends at byte {end}, wanted a header up to byte {8 + length}")
    if data[:1] != b"{":
        text = f"is no .safetensors file; byte 8: got {data[:4]!r}, wanted '{{', the beginning of the header"
        raise FormatError(text)
    try:
        header = strict_json.parse(data.decode(), parse_int=_natural)
    except UnicodeDecodeError as error:
        place, found = 8 + error.start, data[error.start : error.start + 4]
        raise FormatError(f"byte {place}: got {found!r}, wanted UTF-8") from None
    except ValueError as error:
        raise FormatError(f"the header is not strict JSON: {error}") from None
    assert isinstance(header, dict)
    return header


def _natural(text: str) -> int:
    if text.startswith("-"):
        raise ValueError(f"got {short(text)}, wanted numbers from 0 on")
    return int(text)


def _metadata(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict):
        raise FormatError(f"__metadata__: got {short(metadata)}, wanted names with texts")
    for name, text in metadata.items():
        if not isinstance(text, str):
            raise FormatError(f"__metadata__: {short(name)}: got {short(text)}, wanted a text")
    return metadata


def _entry(name: str, fields: Any, data_size: int) -> Entry:
    if not isinstance(fields, dict) or fields.keys() != {"dtype", "shape", "data_offsets"}:
        got = short(list(fields)) if isinstance(fields, dict) else short(fields)
        raise FormatError(f"got {got}, wanted the three fields dtype, shape, data_offsets")

    code = fields["dtype"]
    if not isinstance(code, str) or not (code in DTYPES or code in FOREIGN):
        raise FormatError(f"dtype: got {short(code)}, wanted one of {', '.join(DTYPES)}")
    if code in FOREIGN:
        fix = "; in PyTorch: save_file({name: array.float() for name, array in state.items()}, path)"
        raise UnsupportedError(f"dtype: got {code}, which nnfs does not read; it reads {', '.join(DTYPES)}{fix}")
    dtype = np.dtype(DTYPES[code])

    shape = _naturals(fields["shape"], "shape")
    if len(shape) > LARGEST_RANK:
        raise FormatError(f"shape: got {len(shape)} axes, wanted at most {LARGEST_RANK}")
    # NumPy multiplies the other sizes even if one is 0.
    if math.prod(size for size in shape if size) * dtype.itemsize > MOST_BYTES:
        raise FormatError(f"shape: got {short(shape)}, wanted one that can be addressed")

    offsets = _naturals(fields["data_offsets"], "data_offsets")
    if len(offsets) != 2 or not offsets[0] <= offsets[1] <= data_size:
        raise FormatError(f"data_offsets: got {short(offsets)}, wanted begin <= end <= {data_size}, the data's size")
    begin, end = offsets
    wanted = math.prod(shape) * dtype.itemsize
    if end - begin != wanted:
        raise FormatError(f"data_offsets: got {end - begin} bytes, wanted {wanted} for {code} of shape {shape}")
    return Entry(name, dtype, shape, begin, end, code == BFLOAT16)


def _naturals(values: Any, where: str) -> tuple[int, ...]:
    # In Python a bool is an int, in JSON it is not.
    if not isinstance(values, list) or not set(map(type, values)) <= {int}:
        raise FormatError(f"{where}: got {short(values)}, wanted a list of whole numbers")
    return tuple(values)


def _check_cover(entries: list[Entry], data_size: int) -> None:
    """Raise FormatError unless the arrays cover each of the ``data_size`` bytes exactly once."""
    reached = 0
    for entry in entries:
        if entry.begin != reached:
            kind = "a hole" if entry.begin > reached else "an overlap"
            raise FormatError(
                f"array {short(entry.name)}: data_offsets: got begin {entry.begin}, wanted {reached}: {kind}",
            )
        reached = entry.end
    if reached != data_size:
        text = f"got {data_size} bytes of data, wanted {reached}, where the last array ends"
        raise FormatError(text)
