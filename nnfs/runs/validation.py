"""The samples that a run validates on after each epoch, and those that it tests on once at the end."""

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
"""The share of samples held out by default, and the most it may become, since one sample of each class is held out."""
NOTHING = np.empty(0, np.int64)


class Validation(NamedTuple):
    """The samples that a run validates and tests on.

    Attributes
    ----------
    share : float
        The share of the training samples that is held out for validation; 0 for none.
    trained_on : int
        The number of samples that are left to train on.
    data : Samples or None
        Separate validation data, evaluated after each epoch instead of held-out samples.
    test : Samples or None
        Test data, evaluated once at the end.
    held : ndarray of int, shape (M,)
        The indices of the training samples that are held out.
    about : str
        One line that describes all of this.
    """

    share: float
    trained_on: int
    data: Samples | None
    test: Samples | None
    held: Array
    about: str

    def samples(self, train: Samples) -> Samples | None:
        """Return the validation samples, taken from ``train`` if they are held out of it; None if there are none."""
        if self.data is not None or not len(self.held):
            return self.data
        assert train.y is not None
        return Samples(train.x[self.held], train.y[self.held])


def choose_validation(settings: dict[str, Any], samples: SampleFile, network: Sequential, loss: Loss) -> Validation:
    """Choose the validation and test samples of a run from its settings.

    If ``validation_split`` is None and no validation data are given, a tenth of the training samples is held out,
    or none if there are too few samples.

    Raises
    ------
    ValueError
        If the share cannot be held out.
    FormatError, OSError
        If the validation data are damaged, missing, or do not fit the network.
    """
    y, test = samples.train.y, samples.test
    assert y is not None
    at_the_end = (
        "; no samples are left to test on"
        if test is None
        else f"; test: {len(test.x):,} other samples, once, at the end"
    )
    if settings["validation_data"] is not None:
        other = load_matching(settings["validation_data"], network, None, part=None, needs_labels=True)
        notes = "".join(f", {change}" for change in other.changes)
        if np.array_equal(other.train.x, samples.train.x):
            notes += ", which are also the training samples"
        if test is not None and np.array_equal(other.train.x, test.x):
            at_the_end = (
                f"; test: these {len(test.x):,} samples again, once, at the end; to validate on others: leave "
                "--validation-data out"
            )
        about = f"{len(other.train.x):,} samples of {settings['validation_data']}{notes}{at_the_end}"
        return Validation(0.0, len(y), other.train, test, NOTHING, about)
    share = settings["validation_split"]
    held = _held_by_default(network, loss, y) if share is None else _held(network, loss, y, share)
    if len(held):
        about = f"{len(held):,} of {len(y):,} samples, held out of training{at_the_end}"
        return Validation(SHARE if share is None else share, len(y) - len(held), None, test, held, about)
    of_each = ", some of each class," if is_classes(loss, y) else ""
    why = "" if share is not None else f", since a tenth of {len(y):,} samples{of_each} cannot be held out"
    return Validation(0.0, len(y), None, test, NOTHING, f"none{why}{at_the_end}")


def _held(network: Sequential, loss: Loss, y: Array, share: float) -> Array:
    if not share:
        return NOTHING
    return hold_out(network.seed, loss, loss.check_targets(y, network.output_shape, network.dtype), share)[1]


def _held_by_default(network: Sequential, loss: Loss, y: Array) -> Array:
    """Return the indices of the samples that are held out by default; none if there are too few samples."""
    try:
        held = _held(network, loss, y, SHARE)
    except ValueError:
        return NOTHING
    return held if len(held) <= LARGEST_SHARE * len(y) else NOTHING
