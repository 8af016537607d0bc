"""Downloads of one file from several mirrors; the file gets its final name only after its bytes are checked.

The library pooch does the HTTP. It would compare digests of the compressed file, but the mirrors of one data set
compress it differently. Therefore this module lets the caller check the contents.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from ..errors import FormatError
from ..system.files import fsync_folder, make_folders

# The deadline is checked after each piece, and urllib3 waits until a piece is full. Small pieces therefore end the
# download from a mirror that sends a byte at a time. They cost 0.6 s more than pieces of 64 KiB for Fashion-MNIST.
_PIECE = 512


def download(
    urls: Sequence[str],
    path: str,
    *,
    verify: Callable[[str], object],
    max_bytes: int,
    timeout: float = 30.0,
    deadline: float = 1800.0,
    schemes: tuple[str, ...] = ("https",),
) -> None:
    """Download a file from the first mirror that sends the right bytes, and write it to ``path``.

    The bytes go into a temporary file in the folder of ``path``. After ``verify`` and fsync it is renamed to ``path``.
    If anything fails, ``path`` is unchanged and the temporary file is removed.

    Parameters
    ----------
    urls : sequence of str
        The addresses of the file on the mirrors, tried once each, in this order.
    path : str
        The name of the new file; its folder is made if it is missing.
    verify : callable(path)
        Called with the temporary file; raises FormatError for wrong contents.
    max_bytes : int
        If a mirror sends more bytes, the next mirror is tried.
    timeout, deadline : float, seconds
        The longest pause of a mirror, and the longest time for the whole file.
    schemes : tuple of str
        The URL schemes allowed, for redirects too.

    Raises
    ------
    FormatError, ChecksumError
        When at least one mirror sent wrong bytes and none the right ones; the message names each URL and its failure.
    OSError
        When no mirror answered, with a message of this form, or when the folder cannot be written.
    """
    folder, name = os.path.split(os.path.abspath(path))
    make_folders(folder)
    _remove_leftovers(folder, name, deadline)
    part = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.part")
    failures: list[tuple[str, Exception]] = []
    try:
        for url in urls:
            try:
                with open(part, "wb") as file:
                    _fetch(url, _Bounded(file, max_bytes, deadline), timeout, schemes)
                    file.flush()
                    os.fsync(file.fileno())
                verify(part)
            except (OSError, FormatError, ImportError) as error:
                failures.append((url, error))
                continue
            os.replace(part, path)
            fsync_folder(folder)
            return
    finally:
        if os.path.exists(part):
            os.remove(part)
    wrong = next((error for _, error in failures if isinstance(error, FormatError)), None)
    reasons = "; ".join(f"{url}: {_reason(error).removeprefix(f'{part}: ')}" for url, error in failures)
    text = f"no mirror gave the file: {reasons}"
    raise wrong.reworded(text).in_file(path) if wrong else OSError(f"{path}: {text}")


def _reason(error: Exception) -> str:
    """Return the innermost message of an error; requests wraps a failed connection in several layers."""
    inner = error.args[0] if error.args else None
    return str(getattr(inner, "reason", None) or error)


class _Bounded:
    """A file for pooch to write to; it raises OSError when a download takes too many bytes or too much time."""

    def __init__(self, file: BinaryIO, max_bytes: int, deadline: float) -> None:
        self._file = file
        self._max_bytes = self._left = max_bytes
        self._deadline = deadline
        self._end = time.monotonic() + deadline

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"got more than {self._max_bytes:,} bytes")
        return self._file.write(data)

    def flush(self) -> None:
        """Raise TimeoutError after the deadline. pooch calls this after each piece; it does not flush the file."""
        if time.monotonic() > self._end:
            raise TimeoutError(f"got no whole file in {self._deadline:g} s")


def _fetch(url: str, target: _Bounded, timeout: float, schemes: tuple[str, ...]) -> None:
    from urllib.parse import urljoin, urlsplit

    from pooch import HTTPDownloader

    responses: list[Any] = []

    def check(response: Any, **options: object) -> None:
        responses.append(response)
        if response.is_redirect:
            require_scheme(urljoin(response.url, response.headers["location"]))

    def require_scheme(address: str) -> None:
        if urlsplit(address).scheme not in schemes:
            raise OSError(f"got the address {address}, wanted one that starts with {' or '.join(schemes)}")

    require_scheme(url)
    fetch = HTTPDownloader(
        progressbar=sys.stderr is not None and sys.stderr.isatty(),
        chunk_size=_PIECE,
        timeout=timeout,
        hooks={"response": check},
        # The files are compressed; a server that compressed them again would make them longer.
        headers={"Accept-Encoding": "identity"},
    )
    try:
        fetch(url, target, None)
    finally:
        for response in responses:
            response.close()


def _remove_leftovers(folder: str, name: str, deadline: float) -> None:
    """Remove temporary files of killed processes: those that are older than a download may take."""
    for entry in os.scandir(folder):
        if entry.name.startswith(f".{name}.") and entry.name.endswith(".part"):
            try:
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > deadline:
                    os.remove(entry.path)
            except OSError:
                continue
