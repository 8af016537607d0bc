"""Opening files that somebody else made."""

from __future__ import annotations

import os
from typing import BinaryIO

from ..errors import FormatError


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file to read bytes; raise FormatError for any other: a named pipe would block for ever."""
    # A device has no size to check against, either.
    if os.path.exists(path) and not os.path.isfile(path):
        raise FormatError("not a regular file")
    return open(path, "rb")
