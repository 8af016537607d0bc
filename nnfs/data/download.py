"""Downloads of one file from several mirrors; the file gets its final name only after its bytes are checked.

The mirrors of one data set compress it differently. Therefore the caller checks the contents, not the compressed file.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from ..errors import FormatError
from ..system.files import fsync_folder, make_folders
from ..system.version import __version__

_PIECE = 1 << 16


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
                    _fetch(url, file, max_bytes, timeout, deadline, schemes)
                    file.flush()
                    os.fsync(file.fileno())
                verify(part)
            except (OSError, FormatError) as error:
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
    """Return the message of an error; urllib wraps a failed connection in an error of its own."""
    reason = getattr(error, "reason", error)
    unknown_certificate = hasattr(reason, "verify_message")
    cure = (
        "; set SSL_CERT_FILE to the file with the certificates that this computer trusts" if unknown_certificate else ""
    )
    return f"{reason}{cure}"


def _fetch(url: str, file: BinaryIO, max_bytes: int, timeout: float, deadline: float, schemes: tuple[str, ...]) -> None:
    """Write what a server sends to ``file``; raise OSError when it takes too many bytes or too much time."""
    from contextlib import closing
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.parse import urlsplit
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    def require_scheme(address: str) -> None:
        if urlsplit(address).scheme not in schemes:
            raise OSError(f"got the address {address}, wanted one that starts with {' or '.join(schemes)}")

    class Redirects(HTTPRedirectHandler):
        def redirect_request(
            self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
        ) -> Request | None:
            with closing(fp):
                require_scheme(newurl)
                return super().redirect_request(req, fp, code, msg, headers, newurl)

    require_scheme(url)
    # The files are compressed; a server that compressed them again would make them longer.
    request = Request(url, headers={"Accept-Encoding": "identity", "User-Agent": f"nnfs/{__version__}"})
    end = time.monotonic() + deadline
    try:
        with build_opener(Redirects).open(request, timeout=timeout) as response, _bar(response.length) as bar:
            left = max_bytes
            # One piece is what has arrived, so that a server that sends a byte at a time meets the deadline.
            while piece := response.read1(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise OSError(f"got more than {max_bytes:,} bytes")
                if time.monotonic() > end:
                    raise TimeoutError(f"got no whole file in {deadline:g} s")
                file.write(piece)
                bar.update(len(piece))
            if response.length:
                raise OSError(f"the connection ended {response.length:,} bytes before the end of the file")
    except HTTPError as error:
        error.close()
        raise OSError(f"{error.code} {error.reason}".partition("\n")[0]) from error
    except HTTPException as error:
        raise OSError(f"got no answer of HTTP: {error!r}") from error


def _bar(total: int | None) -> Any:
    from tqdm import tqdm

    terminal = sys.stderr is not None and sys.stderr.isatty()
    return tqdm(total=total, unit="B", unit_scale=True, leave=False, disable=not terminal)


def _remove_leftovers(folder: str, name: str, deadline: float) -> None:
    """Remove temporary files of killed processes: those that are older than a download may take."""
    for entry in os.scandir(folder):
        if entry.name.startswith(f".{name}.") and entry.name.endswith(".part"):
            try:
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > deadline:
                    os.remove(entry.path)
            except OSError:
                continue
