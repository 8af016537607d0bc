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


def make_folders(folder: str | os.PathLike[str]) -> None:
    """Make a folder, and those above it that are missing; each outlasts a power cut, for its parent is synced."""
    path = os.path.abspath(os.fspath(folder))
    missing = []
    while path not in missing and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for each in reversed(missing):
        os.makedirs(each, exist_ok=True)  # another process may make it at the same time
        fsync_folder(os.path.dirname(each))


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
