"""Files: those that somebody else made, opened, and names that outlast a power cut."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import IO, BinaryIO

from ..errors import FormatError


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file to read bytes; raise FormatError for any other: a named pipe would block for ever."""
    # A device has no size to check against, either.
    if os.path.exists(path) and not os.path.isfile(path):
        raise FormatError("not a regular file")
    return open(path, "rb")


def open_own(path: str | os.PathLike[str], mode: str) -> IO[str]:
    """Open a file of text to write, which is made where there is none; raise OSError for what is no regular file.

    A symbolic link is none: in the folder of a run that somebody else made, it may lead to any other file.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise OSError(errno.EINVAL, "not a regular file, and not written to; remove it", os.fspath(path))
    return open(path, mode, encoding="utf-8", newline="", opener=_open_no_link)


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)  # Windows has no such flag


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
