"""Opening a trained network: from the folder of a run, or from a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..io import load
from ..io.run_folder import check_is_run
from ..network.facts import Facts
from ..sequential import Sequential
from .advice import how_to_resume
from .folder import CONFIG, WEIGHTS
from .run_samples import facts_of
from .settings import SETTINGS, load_settings


def open_network(path: str | os.PathLike[str]) -> tuple[Sequential, dict[str, Any]]:
    """Load a trained network.

    Parameters
    ----------
    path : path
        The folder of a run, or a file of a network.

    Returns
    -------
    network : Sequential
    settings : dict
        The settings of the run; {} for a file.

    Raises
    ------
    FormatError
        If the folder is not a run, if the run is not finished, or if a file is damaged.
    UnsupportedError
        If the file holds data, or has a format that nnfs does not read.
    OSError
        If a file cannot be read.
    """
    found = Path(path)
    if not found.is_dir():
        return load(found), {}
    settings = load_config(found)
    if not (found / WEIGHTS).exists():
        raise FormatError(f"this run is not done; {how_to_resume(found, settings)}").in_file(found)
    network = load(found / WEIGHTS)
    if network.facts == Facts():  # files of early versions of nnfs hold no facts
        network.facts = facts_of({name: setting.default for name, setting in SETTINGS.items()} | settings)
    return network, settings


def load_config(folder: Path) -> dict[str, Any]:
    """Return the settings in ``config.json`` of a run; raise FormatError if the folder is not a run."""
    check_is_run(folder)
    return load_settings(folder / CONFIG)
