"""The lock on a run: one process trains it at a time."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from training a run; the system ends the lock with the process, however that ends.

    The folder itself is locked, so that no file is left behind. Windows and some network drives have no such locks, and
    do without.

    Raises
    ------
    BlockingIOError
        Where another process has it.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = "another process is training this run; wait until it ends"
            raise BlockingIOError(errno.EWOULDBLOCK, text, os.fspath(folder)) from None
        except OSError:
            pass
        yield
    finally:
        os.close(handle)
