"""The folder of a run, which is one training: creating the folder, and writing JSON files into it."""

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
    """Create a new folder inside ``output`` and return its path.

    The folder is called ``name``. If that is None, it is called ``prefix-YYYYMMDD-HHMMSS``, with ``-2``, ``-3``, ...
    appended until the name is free. Existing files and folders are never touched.

    Raises
    ------
    ValueError
        If ``name`` is a path rather than the name of a folder.
    FileExistsError
        If ``name`` exists already.
    OSError
        If the folder cannot be created.
    """
    parent = Path(output)
    if name is not None and (name in ("", ".", "..") or Path(name).name != name):
        raise ValueError(f"the name of a run must be the name of a folder, not a path, got {name!r}")
    make_folders(parent)
    stamped = f"{prefix}-{time.strftime('%Y%m%d-%H%M%S')}"
    for number in count(1):
        folder = parent / (name or (stamped if number == 1 else f"{stamped}-{number}"))
        try:
            # mkdir fails if the folder exists, so that two runs in one second get one folder each.
            folder.mkdir()
        except FileExistsError:
            if name is not None:
                raise FileExistsError(f"{folder} exists already and stays as it is. Try: another --name") from None
            continue
        fsync_folder(os.fspath(parent))
        return folder
    raise AssertionError("unreachable")


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` to ``path`` as JSON, atomically: after a crash the file is the old one or the new one, whole.

    Raises ValueError for infinities and NaN.
    """
    write_file(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
