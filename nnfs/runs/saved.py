"""Opening a trained network: from the folder of a run, or from a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from ..ensemble import Ensemble
from ..errors import FormatError, UnsupportedError
from ..io import load
from ..io.checkpoints import list_checkpoints, load_network_and_state
from ..io.run_folder import check_is_run
from ..network.facts import Facts
from ..sequential import Sequential
from .advice import how_to_resume
from .folder import CHECKPOINTS, CONFIG, WEIGHTS
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
        network: Any = load(found)
        if isinstance(network, Ensemble):
            text = (
                f"holds an ensemble of {len(network)} networks, which are used in Python: nnfs.load(path).predict(x); "
                "or one of them as a file: nnfs.save(nnfs.load(path).networks[0], 'first.safetensors')"
            )
            raise UnsupportedError(text).in_file(found)
        return network, {}
    settings = load_config(found)
    if not is_done(found):
        raise FormatError(f"this run is not done; {how_to_resume(found, settings)}").in_file(found)
    network = load(found / WEIGHTS)
    if network.facts == Facts():  # files of early versions of nnfs hold no facts
        network.facts = facts_of({name: setting.default for name, setting in SETTINGS.items()} | settings)
    return network, settings


def load_config(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the settings in ``config.json`` of a run; raise FormatError if the folder is not a run."""
    check_is_run(folder)
    return load_settings(Path(folder, CONFIG))


def is_done(folder: str | os.PathLike[str]) -> bool:
    """Return whether a run has its trained network."""
    return Path(folder, WEIGHTS).exists()


class Newest(NamedTuple):
    """The network in the newest whole checkpoint of a run.

    Attributes
    ----------
    network : Sequential or None
        None where there is no whole checkpoint.
    epoch : int
        After how many whole epochs it was saved.
    about : str
        Which checkpoint it is.
    notes : list of str
        What is wrong with later checkpoints.
    """

    network: Sequential | None
    epoch: int
    about: str
    notes: list[str]


def newest_network(folder: str | os.PathLike[str]) -> Newest:
    """Load the network in the newest whole checkpoint of a run, such as one that is not done."""
    notes: list[str] = []
    for path in reversed(list_checkpoints(Path(folder, CHECKPOINTS))):
        try:
            network, state = load_network_and_state(path)
            place = state["place"]
            epoch, batch = int(place["epoch"]), int(place["batch"])
        except (FormatError, OSError, LookupError, TypeError) as error:
            notes.append(f"{error}; an earlier checkpoint takes its place, if there is one")
            continue
        at = f"{batch:,} steps into epoch {epoch + 1}" if batch else f"epoch {epoch}"
        return Newest(network, epoch, f"its newest checkpoint, {os.path.basename(path)}, after {at}", notes)
    return Newest(None, 0, "", notes)
