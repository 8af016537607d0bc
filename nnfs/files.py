"""Files: those that somebody else made, opened, and names that outlast a power cut."""

from __future__ import annotations

import errno
import os
from typing import BinaryIO

from .errors import FormatError


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file to read bytes; raise FormatError for any other: a named pipe would block for ever."""
    # A device has no size to check against, either.
    if os.path.exists(path) and not os.path.isfile(path):
        raise FormatError("not a regular file")
    return open(path, "rb")


def fsync_folder(folder: str) -> None:
    """Make new names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network file systems have no fsync of a folder, and say so in this way.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)
