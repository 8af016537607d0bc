"""Pages that a verb of ``nnfs`` writes: a page replaces an older page of its verb, and no other file."""

from __future__ import annotations

import os

from .atomic import write_file

MARK = '<meta name="generator" content="nnfs {verb}">'
"""By what a page is known, within its first bytes."""
HEAD = 4096


def find_older(path: str | os.PathLike[str], verb: str) -> bool:
    """Return whether an older page of a verb stands at a path; raise FileExistsError for any other file there."""
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
