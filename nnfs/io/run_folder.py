"""The folder of a run: the names of its files, and the file that holds its network."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from ..errors import FormatError
from .checkpoints import list_checkpoints

CONFIG, HISTORY, WEIGHTS, CHECKPOINTS = "config.json", "history.json", "weights.safetensors", "checkpoints"


def find_network(path: str | os.PathLike[str]) -> str:
    """Return the path of the file that holds a network, given this file or the folder of a run.

    Raises FormatError for a folder that is no run, and for a run that is not finished; the message shows what to write.
    """
    name = os.fsdecode(os.fspath(path))
    if not os.path.isdir(name):
        if not os.path.splitext(name)[1]:  # as of a folder
            _check_is_there(Path(name))
        return name
    check_is_run(name)
    weights = os.path.join(name, WEIGHTS)
    if os.path.exists(weights):
        return weights
    text = f"this run is not done; to go on with it: nnfs resume {shlex.quote(name)}"
    if checkpoints := list_checkpoints(os.path.join(name, CHECKPOINTS)):
        text += f"; to load the network of its last checkpoint: nnfs.load({checkpoints[-1]!r})"
    raise FormatError(text).in_file(name)


def check_is_run(folder: str | os.PathLike[str]) -> None:
    """Raise FormatError for a folder that is no run, and OSError for a folder that does not exist."""
    found = Path(folder)
    if (found / CONFIG).exists():
        return
    _check_is_there(found)
    if not found.is_dir():
        text = "is a file, and a run is a folder"
        text += f"; did you mean {found.parent}?" if (found.parent / CONFIG).exists() else ""
        raise FormatError(text).in_file(found)
    text = f"is no run: there is no {CONFIG} in it"
    inside = os.listdir(found)
    if {"results.json", "report.html"} <= set(inside):
        text += f"; `nnfs reproduce` wrote it, with a page of its own: {found / 'report.html'}"
    elif inside in ([], [CHECKPOINTS]) and not list_checkpoints(found / CHECKPOINTS):
        text += "; nothing was begun there, and the folder may be removed"
    elif near := sorted(found.glob("*.safetensors")) or _runs_below(found):
        text += f"; did you mean {near[-1]}?"
    raise FormatError(text).in_file(found)


def _check_is_there(folder: Path) -> None:
    """Raise FileNotFoundError for a path of nothing; the message has the nearest runs, or else the newest."""
    try:
        os.stat(folder)
    except FileNotFoundError as error:
        import difflib  # here, since most folders are there

        runs = {run.name: str(run) for run in reversed(_runs_below(folder.parent))}
        near = difflib.get_close_matches(folder.name, runs, 3, cutoff=0.5) or list(runs)[:3]
        fix = f"; the nearest runs: {', '.join(runs[name] for name in near)}" if near else ""
        raise FileNotFoundError(error.errno, f"{error.strerror}{fix}", os.fspath(folder)) from error


def _runs_below(folder: Path) -> list[Path]:
    """Return the runs in a folder, or in its folder ``runs``, the newest one last."""
    found = [*folder.glob(f"*/{CONFIG}"), *folder.glob(f"runs/*/{CONFIG}")]
    return [config.parent for config in sorted(found, key=os.path.getmtime)]
