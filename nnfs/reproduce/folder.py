"""The folder that a run leaves behind."""

from __future__ import annotations

import json
import os
import time
from itertools import count
from pathlib import Path
from typing import Any

from ..io.atomic import write_file


def create_run_folder(output: str | os.PathLike[str]) -> Path:
    """Create and return a new folder ``reproduce-YYYYMMDD-HHMMSS`` (and ``-2``, ``-3``, ...) inside ``output``.

    What is there already is never touched. Raises OSError where the folder cannot be made or written to.
    """
    parent = Path(output)
    parent.mkdir(parents=True, exist_ok=True)
    name = f"reproduce-{time.strftime('%Y%m%d-%H%M%S')}"
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            # Fails where it exists, so two runs in one second get one folder each.
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("unreachable")


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as JSON; a reader, and a crash, sees the old file or the new one, never half of it."""
    write_file(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
