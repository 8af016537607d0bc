"""A digest of many arrays: two digests are equal when all bits that were read are equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from .._kernels.interface import Array

WHOLE_BYTES = 1 << 28
"""The largest array of samples, in bytes, that is read as a whole: it takes 0.2 s."""
SAMPLED_BYTES = 1 << 20
"""The bytes that are read of a larger array."""


def digest(arrays: Mapping[str, Array], about: bytes = b"") -> str:
    """Return the SHA-256, in hexadecimal, of the bytes ``about`` and of the names, dtypes, shapes and values of arrays.

    The order of the names and the byte order of the machine do not change the result.
    """
    import hashlib

    found = hashlib.sha256(about)
    for name in sorted(arrays):
        array = arrays[name]
        found.update(f"{name} {array.dtype.name} {array.shape}".encode())
        found.update(array.astype(array.dtype.newbyteorder("<"), copy=False).data)
    return found.hexdigest()


def digest_of_samples(arrays: Iterable[Array | None], about: bytes = b"") -> str:
    """Return the SHA-256, in hexadecimal, of the bytes ``about`` and of the dtypes, shapes and rows of arrays.

    An array of more than 256 MiB may be larger than memory. The function reads 1 MiB of its rows, at even distances.
    """
    import hashlib

    found = hashlib.sha256(about)
    for values in arrays:
        if values is None:
            found.update(b"none")
            continue
        found.update(f"{values.dtype.str} {values.shape}".encode())
        rows = max(1, SAMPLED_BYTES // max(1, values[:1].nbytes))
        if values.nbytes > WHOLE_BYTES:
            found.update(values[np.linspace(0, len(values) - 1, min(len(values), rows)).astype(np.int64)].tobytes())
            continue
        for start in range(0, len(values), rows):  # a part at a time: tobytes copies
            found.update(values[start : start + rows].tobytes())
    return found.hexdigest()
