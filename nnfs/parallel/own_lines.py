"""Lines that a thread writes to stderr, kept apart: those of many trainings would mix."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

_lock = threading.Lock()


class _ByThread:
    """Stand in for stderr: write into the file of the calling thread where it has one, else to stderr itself."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream, self.files = stream, dict[int, TextIO]()

    def write(self, text: str) -> int:
        stream = self.files.get(threading.get_ident(), self.stream)
        return len(text) if stream is None else stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.files.get(threading.get_ident(), self.stream), name)


@contextmanager
def own_lines(file: TextIO) -> Iterator[None]:
    """Write what the calling thread writes to stderr to ``file`` instead, within a ``with`` block."""
    thread = threading.get_ident()
    with _lock:
        stream = sys.stderr if isinstance(sys.stderr, _ByThread) else _ByThread(sys.stderr)
        stream.files[thread], sys.stderr = file, cast(Any, stream)
    try:
        yield
    finally:
        with _lock:
            del stream.files[thread]
            if not stream.files and sys.stderr is cast(Any, stream):
                sys.stderr = cast(Any, stream.stream)
