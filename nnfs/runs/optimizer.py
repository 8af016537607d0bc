"""The optimizer of a run, with the schedule of its learning rate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..optimizers import OPTIMIZERS, Optimizer
from .advice import read_history
from .folder import HISTORY
from .parts import Part, make
from .rates import RATES, constant


def step_rows(settings: dict[str, Any]) -> int:
    """Return how many samples a step of a run takes."""
    rows: int = settings["batch_size"] * settings["accumulate"]
    return rows


def make_optimizer(settings: dict[str, Any], steps: int) -> Optimizer:
    """Return the optimizer that the settings of a run describe; ``steps`` is the number of steps of an epoch."""
    part: Part = settings["optimizer"]
    rate = make(settings["schedule"], RATES, "schedule", part["learning_rate"], settings["epochs"], steps)
    optimizer: Optimizer = make(part | {"learning_rate": rate}, OPTIMIZERS, "optimizer")
    return optimizer


def optimizer_of(folder: Path, settings: dict[str, Any]) -> Optimizer:
    """Return the optimizer of a run. Its history says how many steps an epoch has, on which a changing rate depends.

    Raises FormatError where the rate changes and the history is missing, as in a run that was killed, or damaged.
    """
    if settings["schedule"] == {"name": constant.__name__}:
        return make_optimizer(settings, 1)
    try:
        history = read_history(folder)
        steps = len(history["step_losses"]) // len(history["epochs"])
    except (OSError, ValueError, LookupError, TypeError, ZeroDivisionError) as error:
        raise FormatError("is missing or damaged, which says how many steps an epoch has").in_file(
            folder / HISTORY
        ) from error
    return make_optimizer(settings, max(1, steps))
