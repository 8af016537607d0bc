"""A file that is one gzip member (RFC 1952) and nothing else, read without inflating more than asked for.

Python's ``gzip`` module is not used because it reads on into further members, skips zeros behind the last
one, and inflates as much as it is fed; here each of these is an error or a bound.
"""

from __future__ import annotations

from typing import BinaryIO

from ..errors import FormatError

MAGIC = b"\x1f\x8b"
LARGEST_RATIO = 1032
"""The most that deflate can pack ("Maximum Compression Factor" in zlib's technical details)."""
_PACKED_CHUNK = 1 << 16


class GzipMember:
    """Inflate an open gzip file piece by piece.

    Parameters
    ----------
    file : binary file, at its start
    """

    def __init__(self, file: BinaryIO) -> None:
        import zlib

        self._file = file
        self._error = zlib.error
        self._member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def read(self, size: int) -> bytes:
        """Return the next 1 to ``size`` bytes of the contents, or no bytes at their end.

        Raises
        ------
        FormatError
            Where the packed data break off or are damaged, checksum and length included.
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
        """Check that the file ends where the member ends.

        Raises
        ------
        FormatError
            For a second member or any other bytes behind the first.
        """
        end = self._file.tell() - len(self._member.unused_data)
        extra = self._member.unused_data + self._file.read(1)
        if extra:
            text = f"byte {end}: got {extra[:4]!r}, wanted the end of the file: more follows the gzip data"
            raise FormatError(text)
