"""One file from the first mirror that gives the right bytes, under its final name only once they are checked.

pooch does the HTTP; the rest is here because pooch compares digests of the packed file, and the copies
of one data set differ in how they are packed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from ..errors import FormatError
from ..system.files import fsync_folder, make_folders

# urllib3 fills a whole piece before it hands it on, so this bounds how long a mirror that sends a byte at a time
# can keep the deadline from being looked at. It costs 0.6 s more than pieces of 64 KiB for all of Fashion-MNIST.
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
    """Fetch a file from the first mirror whose bytes verify, and replace ``path`` by it.

    The bytes go into a temporary file beside ``path``, which takes its name after ``verify`` and fsync; on any
    way out but success, ``path`` is as before and the temporary file is gone.

    Parameters
    ----------
    urls : sequence of str
        The mirrors, tried in this order, each once.
    path : str
        Where the file goes; its folder is made.
    verify : callable(path)
        Raises FormatError for a file that is not the wanted one.
    max_bytes : int
        Where a mirror sends more, it is left.
    timeout, deadline : float, seconds
        The longest silence of a mirror, and the longest time for the whole file.
    schemes : tuple of str
        The URL schemes allowed, for redirects too.

    Raises
    ------
    FormatError, ChecksumError
        Where a mirror answered with wrong bytes and none with right ones, naming each URL and its failure.
    OSError
        Where no mirror answered, naming each URL and its failure, or the folder cannot be written.
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
    """Say what went wrong, without the layers that requests wraps around a failed connection."""
    inner = error.args[0] if error.args else None
    return str(getattr(inner, "reason", None) or error)


class _Bounded:
    """A file for pooch to write into that ends a download which is too long, in bytes or in time."""

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
        """Look at the clock: pooch flushes after each piece. The file itself is flushed once, at its end."""
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
        # The files are packed already; a server that packed them again would only make them longer.
        headers={"Accept-Encoding": "identity"},
    )
    try:
        fetch(url, target, None)
    finally:
        for response in responses:
            response.close()


def _remove_leftovers(folder: str, name: str, deadline: float) -> None:
    """Remove what a killed process left; a file older than any download may take is nobody's."""
    for entry in os.scandir(folder):
        if entry.name.startswith(f".{name}.") and entry.name.endswith(".part"):
            try:
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > deadline:
                    os.remove(entry.path)
            except OSError:
                continue
