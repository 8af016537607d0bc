"""Strict reading of IDX files, the format of MNIST: a header with the shape, then the values, plain or in gzip.

The format (Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "File formats"): two zero bytes, a type
byte, the number of dimensions, each dimension in 4 bytes, then the values. All numbers are big-endian. A file with a
byte too few or too many is an error.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable

import numpy as np

from .._kernels.interface import Array
from ..errors import ChecksumError, FormatError, naming
from ..system.files import open_regular
from .gzip_member import LARGEST_RATIO, MAGIC, GzipMember

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
LARGEST_RANK = 64
"""NumPy's own limit."""
_CHUNK = 1 << 20


def read_idx(
    path: str | os.PathLike[str],
    *,
    shape: tuple[int, ...] | None = None,
    dtype: str | None = None,
    sha256: str | None = None,
    max_bytes: int = 2**30,
) -> Array:
    """Read the array of an IDX file.

    Parameters
    ----------
    path : path
        A regular file, plain or gzip. The first bytes tell which, not the name.
    shape, dtype : optional
        The shape and dtype that the file must have, checked before its values are read. None accepts any.
    sha256 : str, optional
        The digest that the uncompressed bytes must have, header included, as 64 hexadecimal digits.
    max_bytes : int
        The largest number of bytes that the uncompressed file may have.

    Returns
    -------
    ndarray of uint8, int8, int16, int32, float32 or float64
        A new C-contiguous array in native byte order.

    Raises
    ------
    FormatError
        For a file that is not one whole IDX array; the message names path, byte offset in the uncompressed file, what
        was got and what was wanted.
    ChecksumError
        For a whole IDX array with another digest.
    OSError
        For a file that cannot be opened.
    """
    with naming(path):
        return _read_array(os.fspath(path), shape, dtype, sha256, max_bytes)


def _read_array(
    path: str, shape: tuple[int, ...] | None, dtype: str | None, sha256: str | None, max_bytes: int
) -> Array:
    """Read the array of an IDX file with the arguments of `read_idx`; errors do not name the path."""
    with open_regular(path) as file:
        file_size = os.fstat(file.fileno()).st_size
        member = GzipMember(file) if file.read(2) == MAGIC else None
        file.seek(0)
        read = member.read if member else file.read

        header = _read(read, 4)
        found_dtype, rank = _type_and_rank(header)
        header += _read(read, 4 * rank)
        found_shape = _shape(header, rank)
        size = found_dtype.itemsize
        for dimension in found_shape:
            size *= dimension

        if shape is not None and found_shape != tuple(shape):
            text = f"byte 4: got an array of shape {found_shape}, wanted {tuple(shape)}"
            raise FormatError(text)
        if dtype is not None and found_dtype != np.dtype(dtype):
            text = f"byte 2: got values of type {found_dtype}, wanted {np.dtype(dtype)}"
            raise FormatError(text)
        _check_size(len(header) + size, file_size, max_bytes, member is not None)

        values = np.empty(size, np.uint8)
        digest = _fill(values, read, header)
        if read(1):
            end = len(header) + size
            raise FormatError(f"byte {end}: got more bytes, wanted the end for {found_shape}")
        if member:
            member.finish()
    if sha256 is not None and digest != sha256:
        raise ChecksumError(f"the unpacked bytes have SHA-256 {digest}, wanted {sha256}")
    return values.view(found_dtype.newbyteorder(">")).reshape(found_shape).astype(found_dtype, copy=False)


def _read(read: Callable[[int], bytes], size: int) -> bytes:
    """Call ``read`` until ``size`` bytes are there or the file ends; return the bytes."""
    data = b""
    while len(data) < size and (more := read(size - len(data))):
        data += more
    return data


def _type_and_rank(header: bytes) -> tuple[np.dtype[np.generic], int]:
    if header[:2] != b"\0\0"[: len(header)]:
        text = f"byte 0: got {header!r}, wanted two zero bytes: this is not an IDX file"
        raise FormatError(text)
    if len(header) < 4:
        raise FormatError(f"ends at byte {len(header)}, wanted a header of 4 bytes or more")
    if header[2] not in TYPES:
        legal = ", ".join(f"0x{code:02X}" for code in TYPES)
        raise FormatError(f"byte 2: got the type 0x{header[2]:02X}, wanted one of {legal}")
    if not 1 <= header[3] <= LARGEST_RANK:
        raise FormatError(f"byte 3: got {header[3]} dimensions, wanted 1 to {LARGEST_RANK}")
    return np.dtype(TYPES[header[2]]), header[3]


def _shape(header: bytes, rank: int) -> tuple[int, ...]:
    if len(header) < 4 + 4 * rank:
        end = len(header)
        raise FormatError(f"ends at byte {end}, wanted a header of {4 + 4 * rank} bytes")
    shape = struct.unpack(f">{rank}I", header[4:])
    if 0 in shape:
        axis = shape.index(0)
        place = 4 + 4 * axis
        raise FormatError(f"byte {place}: got dimension {axis} of size 0, wanted 1 or more")
    return shape


def _check_size(declared: int, file_size: int, max_bytes: int, packed: bool) -> None:
    """Raise FormatError for a header that declares more bytes than the file can hold, or than ``max_bytes``.

    It is called before memory is allocated for them.
    """
    if not packed and declared != file_size:
        text = f"got a file of {file_size:,} bytes, wanted the {declared:,} that its header declares"
        raise FormatError(text)
    largest = LARGEST_RATIO * file_size
    if packed and declared > largest:
        raise FormatError(
            f"byte 4: got a header that declares {declared:,} bytes, wanted at most {largest:,}: "
            f"{file_size:,} bytes of gzip hold no more",
        )
    if declared > max_bytes:
        text = f"byte 4: got a header that declares {declared:,} bytes, wanted at most {max_bytes:,}"
        raise FormatError(text)


def _fill(values: Array, read: Callable[[int], bytes], header: bytes) -> str:
    """Fill ``values``, an array of uint8, with bytes from ``read``; return the SHA-256 of header and values."""
    import hashlib

    digest = hashlib.sha256(header)
    target = values.data
    done = 0
    while done < len(target):
        chunk = read(min(len(target) - done, _CHUNK))
        if not chunk:
            end, wanted = len(header) + done, len(header) + len(target)
            text = f"ends at byte {end}, wanted the {wanted} bytes that its header declares"
            raise FormatError(text)
        target[done : done + len(chunk)] = chunk
        digest.update(chunk)
        done += len(chunk)
    return digest.hexdigest()
