"""What a run validates on after each epoch, and what it tests on once, at its end."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._kernels.interface import Array
from ..data import SampleFile, Samples
from ..losses import Loss
from ..network import Sequential
from ..split import hold_out
from .matching import load_matching

SHARE, LARGEST_SHARE = 0.1, 0.25
"""What is held out by default, and what it may come to where at least one sample of each class is."""


class Validation(NamedTuple):
    """Say what a run validates and tests on.

    Attributes
    ----------
    share : float
        How much of the training part is held out; 0 for nothing.
    trained_on : int
        How many samples that leaves.
    data : Samples or None
        What is evaluated after each epoch instead of samples that are held out.
    test : Samples or None
        What is evaluated once, at the end.
    about : str
        All of it in words.
    """

    share: float
    trained_on: int
    data: Samples | None
    test: Samples | None
    about: str


def choose_validation(settings: dict[str, Any], samples: SampleFile, network: Sequential, loss: Loss) -> Validation:
    """Return what the settings of a run say, and for a ``validation_split`` of None whether a tenth can be held out.

    Raises ValueError, FormatError and OSError for settings and for files that do not fit.
    """
    y, test = samples.train.y, samples.test
    assert y is not None
    at_the_end = "" if test is None else f"; test: {len(test.x):,} other samples, once, at the end"
    if settings["validation_data"] is not None:
        other = load_matching(settings["validation_data"], network, None, part=None, needs_labels=True)
        told = "".join(f", {change}" for change in other.changes)
        about = f"{len(other.train.x):,} samples of {settings['validation_data']}{told}{at_the_end}"
        return Validation(0.0, len(y), other.train, test, about)
    share = settings["validation_split"]
    held = _held_by_default(network, loss, y) if share is None else _held(network, loss, y, share)
    if held:
        about = f"{held:,} of {len(y):,} samples, held out of training{at_the_end}"
        return Validation(SHARE if share is None else share, len(y) - held, None, test, about)
    why = "" if share is not None else f", for a tenth of {len(y):,} samples, some of each class, cannot be held out"
    return Validation(0.0, len(y), None, test, f"none{why}{at_the_end}")


def _held(network: Sequential, loss: Loss, y: Array, share: float) -> int:
    return len(hold_out(network, loss, y, share)[1]) if share else 0


def _held_by_default(network: Sequential, loss: Loss, y: Array) -> int:
    """Return how many samples are held out where the settings do not say it: none where there are too few."""
    try:
        held = _held(network, loss, y, SHARE)
    except ValueError:
        return 0
    return held if held <= LARGEST_SHARE * len(y) else 0
