"""Networks that a run left behind, or any other file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..io import load
from ..io.run_folder import check_is_run
from ..network.facts import Facts
from ..sequential import Sequential
from .advice import how_to_go_on
from .folder import CONFIG, WEIGHTS
from .run_samples import facts_of
from .settings import SETTINGS, load_settings


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
        return load(found), {}
    settings = load_config(found)
    if not (found / WEIGHTS).exists():
        raise FormatError(f"this run is not done; {how_to_go_on(found, settings)}").in_file(found)
    network = load(found / WEIGHTS)
    if network.facts == Facts():  # of a version whose files did not hold them
        network.facts = facts_of({name: setting.default for name, setting in SETTINGS.items()} | settings)
    return network, settings


def load_config(folder: Path) -> dict[str, Any]:
    """Return the settings of a run; raise FormatError for a folder that is none."""
    check_is_run(folder)
    return load_settings(folder / CONFIG)
