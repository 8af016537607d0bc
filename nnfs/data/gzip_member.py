"""Strict reading of a gzip file (RFC 1952) with one member: no byte more is decompressed than asked for.

Python's ``gzip`` module accepts further members and zeros after the last one, and decompresses as much as it is given.
Here the first two are errors, and the caller sets a limit for each read.
"""

from __future__ import annotations

from typing import BinaryIO

from ..errors import FormatError

MAGIC = b"\x1f\x8b"
LARGEST_RATIO = 1032
"""The highest compression ratio of deflate ("Maximum Compression Factor" in zlib's technical details)."""
_PACKED_CHUNK = 1 << 16


class GzipMember:
    """Decompress an open gzip file piece by piece.

    Parameters
    ----------
    file : binary file
        At its start; it is not closed.
    """

    def __init__(self, file: BinaryIO) -> None:
        import zlib

        self._file = file
        self._error = zlib.error
        self._member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def read(self, size: int) -> bytes:
        """Return the next 1 to ``size`` decompressed bytes, or no bytes at their end.

        Raises
        ------
        FormatError
            When the data end too early, are damaged, or have a wrong checksum or length.
        """
        while not self._member.eof:
            packed = self._member.unconsumed_tail or self._file.read(_PACKED_CHUNK)
            if not packed:
                end = self._file.tell()
                raise FormatError(f"the gzip data break off at byte {end}, before their end")
            try:
                data = self._member.decompress(packed, size)
            except self._error as error:
                place = self._file.tell()
                raise FormatError(f"damaged gzip data before byte {place} ({error})") from error
            if data:
                return data
        return b""

    def finish(self) -> None:
        """Check that the file ends where the gzip data end; call it after the last `read`.

        Raises
        ------
        FormatError
            For a second member or any other bytes after the first member.
        """
        end = self._file.tell() - len(self._member.unused_data)
        extra = self._member.unused_data + self._file.read(1)
        if extra:
            text = f"byte {end}: got {extra[:4]!r}, wanted the end of the file: more follows the gzip data"
            raise FormatError(text)
