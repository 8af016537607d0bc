"""What a run validates on after each epoch, and what it tests on once, at its end."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..data import SampleFile, Samples
from ..losses import Loss
from ..sequential import Sequential
from ..training.split import hold_out
from .matching import load_matching
from .run_samples import is_classes

SHARE, LARGEST_SHARE = 0.1, 0.25
"""What is held out by default, and what it may come to where at least one sample of each class is."""
NOTHING = np.empty(0, np.int64)


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
    held : ndarray of int, shape (K,)
        The rows of the training part that are held out.
    about : str
        All of it in words.
    """

    share: float
    trained_on: int
    data: Samples | None
    test: Samples | None
    held: Array
    about: str

    def samples(self, train: Samples) -> Samples | None:
        """Return what is validated on, given the training part; None for nothing."""
        if self.data is not None or not len(self.held):
            return self.data
        assert train.y is not None
        return Samples(train.x[self.held], train.y[self.held])


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
        if np.array_equal(other.train.x, samples.train.x):
            told += ", which are those to train on"
        if test is not None and np.array_equal(other.train.x, test.x):
            at_the_end = (
                f"; test: the same {len(test.x):,} samples, no others, once, at the end; to validate on others: leave "
                "--validation-data out"
            )
        about = f"{len(other.train.x):,} samples of {settings['validation_data']}{told}{at_the_end}"
        return Validation(0.0, len(y), other.train, test, NOTHING, about)
    share = settings["validation_split"]
    held = _held_by_default(network, loss, y) if share is None else _held(network, loss, y, share)
    if len(held):
        about = f"{len(held):,} of {len(y):,} samples, held out of training{at_the_end}"
        return Validation(SHARE if share is None else share, len(y) - len(held), None, test, held, about)
    of_each = ", some of each class," if is_classes(loss, y) else ""
    why = "" if share is not None else f", for a tenth of {len(y):,} samples{of_each} cannot be held out"
    return Validation(0.0, len(y), None, test, NOTHING, f"none{why}{at_the_end}")


def _held(network: Sequential, loss: Loss, y: Array, share: float) -> Array:
    if not share:
        return NOTHING
    return hold_out(network.seed, loss, loss.check_targets(y, network.output_shape, network.dtype), share)[1]


def _held_by_default(network: Sequential, loss: Loss, y: Array) -> Array:
    """Return which samples are held out where the settings do not say it: none where there are too few."""
    try:
        held = _held(network, loss, y, SHARE)
    except ValueError:
        return NOTHING
    return held if len(held) <= LARGEST_SHARE * len(y) else NOTHING
