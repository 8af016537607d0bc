"""Pages that a verb of ``nnfs`` writes: a page replaces an older page of its verb, and no other file."""

from __future__ import annotations

import errno
import os
import shlex

from .atomic import write_file

MARK = '<meta name="generator" content="nnfs {verb}">'
"""By what a page is known, within its first bytes."""
HEAD = 4096


def find_older(path: str | os.PathLike[str], verb: str) -> bool:
    """Return whether an older page of a verb stands at a path.

    Raises OSError, which tells what to write, for any other file there, for a folder, and where no file can be made.
    """
    if os.path.isdir(path) or not os.path.basename(path):
        example = os.path.join(path, f"{verb}.html")
        words = f"got a folder, wanted a file. Try: --output {example}"
        raise IsADirectoryError(errno.EISDIR, words, os.fspath(path) or "--output")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        words = f"there is no folder {os.fspath(folder)}. Try: mkdir -p {shlex.quote(os.fspath(folder))}"
        raise FileNotFoundError(errno.ENOENT, words, os.fspath(path))
    if not os.access(folder, os.W_OK):
        words = f"no file can be made in the folder {os.fspath(folder)}. Try: another --output"
        raise PermissionError(errno.EACCES, words, os.fspath(path))
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        if MARK.format(verb=verb).encode() in file.read(HEAD):
            return True
    name = os.fspath(path)
    raise FileExistsError(f"{name} is there already and no page of `nnfs {verb}`; it stays. Try: another --output")


def write_page(path: str | os.PathLike[str], page: str, verb: str) -> str:
    """Write a page, and return a line about it: its size, and whether it replaced an older page of its verb.

    Raises FileExistsError, and writes nothing, where another file stands at the path.
    """
    place = ", in place of an older page" if find_older(path, verb) else ""
    data = page.encode(errors="backslashreplace")
    write_file(path, data)
    return f"{len(data):,} bytes{place}; open it in a browser"
