"""Files and folders: opened without surprises, and made so that their names survive a power cut."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from typing import IO, BinaryIO

from ..errors import FormatError


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file to read bytes; raise FormatError for any other kind of file."""
    # A named pipe would block for ever, and a device has no size to check.
    if os.path.exists(path) and not os.path.isfile(path):
        raise FormatError("not a regular file")
    return open(path, "rb")


def open_own(path: str | os.PathLike[str], mode: str) -> IO[str]:
    """Open a text file to write, and create it if it does not exist; raise OSError for what is no regular file.

    A symbolic link is refused too: in a folder that somebody else made, it may lead to any other file.
    ``mode`` is that of `open`, such as "w" or "a".
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise OSError(errno.EINVAL, "not a regular file, and not written to; remove it", os.fspath(path))
    return open(path, mode, encoding="utf-8", newline="", opener=_open_no_link)


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)  # Windows has no such flag


def make_folders(folder: str | os.PathLike[str]) -> None:
    """Make a folder and its missing parents, and fsync the parent of each, so that they survive a power cut."""
    path = os.path.abspath(os.fspath(folder))
    missing = []
    while path not in missing and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for each in reversed(missing):
        os.makedirs(each, exist_ok=True)  # another process may make it at the same time
        fsync_folder(os.path.dirname(each))


def fsync_folder(folder: str) -> None:
    """Write the list of a folder's files to the disk, so that new names in it survive a power cut.

    Windows opens no folder for this, and writes new names by itself.
    """
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # A network file system that has no fsync of a folder reports EINVAL.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)
