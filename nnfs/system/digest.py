"""One number for many arrays: equal where every bit is, or every bit that was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from .._kernels.interface import Array

WHOLE_BYTES = 1 << 28
"""Up to how many bytes the digest of an array of samples is of all of it: 0.2 s."""
SAMPLED_BYTES = 1 << 20
"""How much the digest of a larger one looks at."""


def digest(arrays: Mapping[str, Array], about: bytes = b"") -> str:
    """Return the SHA-256, in hexadecimal, of text ``about`` arrays and of the arrays, with names, types and shapes.

    Neither the order of the names nor that of the machine's bytes matters.
    """
    import hashlib

    found = hashlib.sha256(about)
    for name in sorted(arrays):
        array = arrays[name]
        found.update(f"{name} {array.dtype.name} {array.shape}".encode())
        found.update(array.astype(array.dtype.newbyteorder("<"), copy=False).data)
    return found.hexdigest()


def digest_of_samples(arrays: Iterable[Array | None], about: bytes = b"") -> str:
    """Return the SHA-256, in hexadecimal, of text ``about`` arrays, and of their shapes, types and rows.

    Of an array of more than 256 MiB, which may be larger than memory, 1 MiB of rows at even distances is read.
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
