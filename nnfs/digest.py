"""One number for many arrays: equal where every bit is, or every bit that was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ._kernels.interface import Array

SAMPLED_BYTES = 1 << 20
"""How much of an array of samples its digest looks at."""


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
    """Return the SHA-256, in hexadecimal, of text ``about`` arrays, their shapes and types, and 1 MiB of rows of each.

    The rows stand at even distances, so that of an array larger than memory a part is read.
    """
    import hashlib

    found = hashlib.sha256(about)
    for values in arrays:
        if values is None:
            found.update(b"none")
            continue
        found.update(f"{values.dtype.str} {values.shape}".encode())
        wanted = min(len(values), max(1, SAMPLED_BYTES // max(1, values[:1].nbytes)))
        found.update(values[np.linspace(0, len(values) - 1, wanted).astype(np.int64)].tobytes())
    return found.hexdigest()
