"""The folder that a run leaves behind."""

from __future__ import annotations

import json
import os
import time
from itertools import count
from pathlib import Path
from typing import Any

from ..io.run_folder import CHECKPOINTS as CHECKPOINTS
from ..io.run_folder import CONFIG as CONFIG
from ..io.run_folder import HISTORY as HISTORY
from ..io.run_folder import WEIGHTS as WEIGHTS
from ..system.atomic import write_file
from ..system.files import fsync_folder, make_folders


def create_run_folder(output: str | os.PathLike[str], prefix: str, name: str | None = None) -> Path:
    """Create and return a new folder ``name``, or else ``prefix-YYYYMMDD-HHMMSS`` (``-2``, ...), inside ``output``.

    What is there already is never touched. Raises ValueError for a name that is a path, FileExistsError for one that
    is there, and OSError where the folder cannot be made.
    """
    parent = Path(output)
    if name is not None and (name in ("", ".", "..") or Path(name).name != name):
        raise ValueError(f"the name of a run is {name!r}; it must be that of a folder, not a path")
    make_folders(parent)
    stamped = f"{prefix}-{time.strftime('%Y%m%d-%H%M%S')}"
    for number in count(1):
        folder = parent / (name or (stamped if number == 1 else f"{stamped}-{number}"))
        try:
            # Fails where it exists, so two runs in one second get one folder each.
            folder.mkdir()
        except FileExistsError:
            if name is not None:
                raise FileExistsError(f"{folder} is there already, and is not touched: give another --name") from None
            continue
        fsync_folder(os.fspath(parent))
        return folder
    raise AssertionError("unreachable")


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as JSON; a reader, and a crash, sees the old file or the new one, never half of it."""
    write_file(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
