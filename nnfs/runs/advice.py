"""Advice at the end of a run: the command that resumes the run, or the one that starts a better run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import NumericError
from ..io import strict_json
from ..io.checkpoints import list_checkpoints
from ..optimizers import OPTIMIZERS
from ..system.files import open_regular
from .folder import CHECKPOINTS, CONFIG, HISTORY
from .parts import complete_part, write_part
from .rates import cosine


@contextmanager
def advising(folder: Path, settings: dict[str, Any]) -> Iterator[None]:
    """Add advice to an error that ends the training of a run in the ``with`` block, and raise it again.

    The errors are KeyboardInterrupt, NumericError, and SystemExit for SIGTERM, which gets the advice as a note. The
    advice is the ``nnfs`` command to type next. It depends on the run's folder and settings. The first and the last
    stay without advice before the folder holds the settings, because no command could continue the run.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if not (folder / CONFIG).exists():
            raise
        raise KeyboardInterrupt(how_to_resume(folder, settings)) from interrupt
    except SystemExit as leave:
        if (folder / CONFIG).exists():
            leave.add_note(how_to_resume(folder, settings))
        raise
    except NumericError as error:
        raise error.reworded(f"{error}; {folder} keeps settings and figures; {_slower(folder, settings)}") from error


def how_to_resume(folder: Path, settings: dict[str, Any]) -> str:
    """Return advice for an unfinished run: resume it, or train again more slowly if its numbers became non-finite."""
    if str(ending(folder).get("error")).startswith(NumericError.__name__):
        return f"its numbers became non-finite, and would again; {_slower(folder, settings)}"
    is_lost = has_begun(folder) and not list_checkpoints(folder / CHECKPOINTS)
    anew = " (from its beginning, since it has no checkpoint)" if is_lost else ""
    return f"to go on with it: nnfs resume {_quoted(folder)}{anew}"


def how_to_train_longer(folder: Path, settings: dict[str, Any], epochs: int) -> str:
    """Return the command that trains a finished run until it has ``epochs`` epochs in all."""
    if settings["schedule"]["name"] != cosine.__name__:
        return f"to train it longer: nnfs resume {_quoted(folder)} --epochs {epochs}"
    return (
        "its learning rate has fallen to the end, so that more epochs need a new training: "
        f"nnfs train --config {_quoted(folder / CONFIG)} --epochs {epochs} --name NAME"
    )


def how_to_train_anew(folder: Path, epochs: int) -> str:
    """Return advice for a finished run without checkpoints: the command that trains a new run for ``epochs`` epochs."""
    return (
        f"{folder} is finished, and has no checkpoints from which it could be trained longer; as a new run: "
        f"nnfs train --config {_quoted(folder / CONFIG)} --epochs {epochs} --name NAME"
    )


def ending(folder: Path) -> dict[str, Any]:
    """Return how the training of a run ended: ``stopped`` and ``error`` from its ``history.json``.

    Return {} if that file is missing, damaged, or lacks these two entries.
    """
    try:
        found = read_history(folder)
        return {name: found[name] for name in ("stopped", "error")}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def has_begun(folder: Path) -> bool:
    """Return whether a run has a checkpoint or a finished epoch in its history; True if the history is damaged."""
    try:
        return bool(list_checkpoints(folder / CHECKPOINTS) or read_history(folder)["epochs"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, LookupError, TypeError):
        return True


def read_history(folder: Path) -> Any:
    """Return what the ``history.json`` of a run holds; raise OSError or ValueError where it is missing or damaged."""
    with open_regular(folder / HISTORY) as file:
        return strict_json.parse(file.read().decode())


def _slower(folder: Path, settings: dict[str, Any]) -> str:
    """Return the command that trains with a smaller learning rate, in a new run: a tenth of it.

    Where a tenth is more than ten times the optimizer's default, it is the default, for a tenth would end likewise.
    """
    optimizer = settings["optimizer"]
    tenth, usual = (
        optimizer["learning_rate"] / 10,
        complete_part({"name": optimizer["name"]}, OPTIMIZERS)["learning_rate"],
    )
    how, rate = ("a tenth of its", tenth) if tenth <= 10 * usual else ("the usual", usual)
    smaller = optimizer | {"learning_rate": float(f"{rate:.3g}")}
    return (
        f"with {how} learning rate: nnfs train --config {_quoted(folder / CONFIG)} --optimizer "
        f"{write_part(smaller, OPTIMIZERS)} --name NAME"
    )


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
