"""Networks that a run left behind, or any other file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import FormatError, UnsupportedError
from ..io import load
from ..io.checkpoints import list_checkpoints
from ..network import Sequential
from .advice import how_to_go_on
from .folder import CHECKPOINTS, CONFIG, WEIGHTS
from .settings import load_settings


def open_network(path: str | os.PathLike[str]) -> tuple[Sequential, dict[str, Any]]:
    """Return the network of a run's folder and the run's settings, or that of a file and no settings.

    Raises
    ------
    FormatError
        For a folder that is no run, for a run that is not done, and for damaged files.
    UnsupportedError
        For a file of data, or of another format.
    OSError
        For what cannot be read.
    """
    found = Path(path)
    if not found.is_dir():
        os.stat(found)  # what is not there says so
        if found.suffix.lower() in (".onnx", ".npz", ".csv", ".tsv"):
            text = f"{found}: got {found.suffix}, wanted the folder of a run or a .safetensors file of nnfs"
            raise UnsupportedError(text, path=os.fspath(path))
        return load(found), {}
    settings = load_config(found)
    if not (found / WEIGHTS).exists():
        raise FormatError(f"{found}: this run is not done; {how_to_go_on(found, settings)}", path=os.fspath(path))
    return load(found / WEIGHTS), settings


def load_config(folder: Path) -> dict[str, Any]:
    """Return the settings of a run; raise FormatError for a folder that is none."""
    if not (folder / CONFIG).exists():
        os.stat(folder)  # what is not there says so
        text = f"{folder}: is no run: there is no {CONFIG} in it"
        if folder.is_dir() and os.listdir(folder) in ([], [CHECKPOINTS]) and not list_checkpoints(folder / CHECKPOINTS):
            text += "; nothing was begun there, and the folder may be removed"
        raise FormatError(text, path=os.fspath(folder))
    return load_settings(folder / CONFIG)
