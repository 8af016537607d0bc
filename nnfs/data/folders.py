"""The folders that hold published data sets: named by the user, shared on the computer, or the cache."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def may_download(data_dir: str | os.PathLike[str] | None = None) -> bool:
    """Return whether missing files may be downloaded: not with ``data_dir``, and not with NNFS_OFFLINE set."""
    return not data_dir and os.environ.get("NNFS_OFFLINE", "").strip().lower() in ("", "0", "false", "no")


def folders_of(name: str, data_dir: str | os.PathLike[str] | None) -> list[Path]:
    """Return the folders to search for a data set, in order; empty environment variables count as unset."""
    from pathlib import Path

    if data_dir:
        chosen = Path(os.path.expanduser(data_dir))
        return [chosen, chosen / name]
    folders = []
    if variable := os.environ.get("NNFS_DATA_DIR"):
        if not os.path.isdir(os.path.expanduser(variable)):
            raise ValueError(f"NNFS_DATA_DIR is {variable!r}, which is no folder; name one that is there, or unset it")
        folders += folders_of(name, variable)
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    # The XDG base directory specification says that relative paths are ignored.
    folders += [Path(base, "datasets", name) for base in shared.split(os.pathsep) if os.path.isabs(base)]
    if cache := cache_of(name):
        folders.append(cache)
    return folders


def cache_of(name: str) -> Path | None:
    """Return the folder for the downloads of a data set, or None without a home folder."""
    from pathlib import Path

    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    return Path(base, "nnfs", name) if os.path.isabs(base) else None
