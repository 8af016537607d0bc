"""Files that are written whole or not at all.

The bytes go into a temporary file in the same folder. Once they are on the disk, the temporary file is renamed to the
wanted name. A crash, a full disk or Ctrl-C leaves the old file unchanged.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress

from .files import fsync_folder

_PREFIX, _SUFFIX = ".nnfs-", ".part"
_LEFTOVER_SECONDS = 3600


def write_file(path: str | os.PathLike[str], data: bytes | Iterator[bytes]) -> int:
    """Write ``data`` to the file ``path``; create the file or replace it as a whole. Return how many bytes it has.

    ``data`` may be given in parts, which are never together in memory; an error while they are made changes no file.

    A symbolic link is replaced by the new file, and the file that it points to is not changed. The permissions of an
    existing file are kept; a new file gets those of the umask.

    Raises
    ------
    OSError
        When the file cannot be written; the error names the path. The old file is then unchanged, with one exception:
        where only the fsync of the folder failed, the new file is in place and whole.
    """
    target = os.path.abspath(os.fspath(path))
    folder = os.path.dirname(target)
    # The name is not made from the target's, which may already be as long as names can be.
    part = os.path.join(folder, f"{_PREFIX}{os.getpid()}-{os.urandom(8).hex()}{_SUFFIX}")
    try:
        mode = _mode(target)
        _remove_leftovers(folder)
        with open(part, "xb") as file:
            if mode is not None:
                os.chmod(part, mode)
            file.writelines(data if isinstance(data, Iterator) else (data,))
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
        fsync_folder(folder)
        return size
    except BaseException as error:
        with suppress(OSError):
            os.remove(part)
        if isinstance(error, OSError):
            needed = None if isinstance(data, Iterator) else len(data)
            raise OSError(error.errno, _reason(error, folder, needed), os.fspath(path)) from error
        raise


def _mode(target: str) -> int | None:
    """Return the permissions to keep, or None for a new file or a link.

    Raise OSError for a folder, a pipe or a device, because a rename would destroy it.
    """
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return None if os.path.islink(target) else stat.S_IMODE(found.st_mode)


def _reason(error: OSError, folder: str, needed: int | None) -> str:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        from shutil import disk_usage

        with suppress(OSError):
            free = f"{disk_usage(folder).free:,} free"
            reason += f" ({free})" if needed is None else f" ({needed:,} bytes needed, {free})"
    return reason


def _remove_leftovers(folder: str) -> None:
    """Remove temporary files that are older than an hour: the processes that wrote them were killed."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
                left = os.path.join(folder, name)
                with suppress(OSError):
                    if time.time() - os.stat(left, follow_symlinks=False).st_mtime > _LEFTOVER_SECONDS:
                        os.remove(left)
