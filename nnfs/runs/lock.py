"""The lock on a run: one process at a time trains it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the folder of a run within a ``with`` block, so that no other process trains the run.

    The lock is on the folder itself and leaves no file behind. The system releases the lock when the process ends, even
    by a crash. Windows and some network drives have no such locks; there, nothing is locked.

    Raises
    ------
    BlockingIOError
        If another process holds the lock.
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
