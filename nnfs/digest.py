"""One number for many arrays: equal where every bit is."""

from __future__ import annotations

from collections.abc import Mapping

from ._kernels.interface import Array


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
