"""Split: which samples are held out for validation, at random and, for labels, in proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._kernels.interface import Array
from ..arguments.seeds import make_generators
from ..errors import DTypeError, ShapeError
from ..losses import Loss

if TYPE_CHECKING:
    from numpy.random import Generator


def hold_out(seed: int, loss: Loss, targets: Array, fraction: float) -> tuple[Array, Array]:
    """Split the samples that a network is to learn from into those to train on and those to validate on.

    The split follows from the network's seed, its targets and the fraction alone: a training that goes on, in the same
    process or in another one, holds the same samples out. Labels are held out in proportion.

    Parameters
    ----------
    seed : int
        The seed of the network.
    loss : Loss
        Knows the class of each target.
    targets : ndarray (N, ...)
        The targets of all samples, checked by the loss.
    fraction : float
        How much to hold out, > 0 and < 1.

    Returns
    -------
    kept, held : ndarray of int64
        The numbers of the samples, in random order. Errors are those of `split_indices`.
    """
    rng = make_generators(seed).shuffling
    return split_indices(len(targets), fraction, rng, classes=loss.strata(targets))


def split_indices(
    samples: int, fraction: float, rng: Generator, *, classes: Array | None = None
) -> tuple[Array, Array]:
    """Split the numbers ``0 ... samples - 1`` at random into those to keep and those to hold out.

    Parameters
    ----------
    samples : int
        N, how many there are.
    fraction : float, > 0 and < 1
        How much to hold out: ``fraction * N`` samples, rounded.
    rng : numpy.random.Generator
        Where the shuffling comes from; the same state gives the same split.
    classes : ndarray, shape (N,), or None
        Hold out the same fraction of each of these classes, as near as whole samples allow, at least one sample and
        never all of them.

    Returns
    -------
    kept, held : ndarray of int64
        In random order; together, each number once.

    Raises
    ------
    ValueError
        For a fraction that holds out none or all of the samples.
    ShapeError
        For classes that are not (N,), or one of a single sample.
    DTypeError
        For classes that are not whole numbers or text.
    """
    count = int(samples * fraction + 0.5)
    if not 0 < count < samples:
        raise ValueError(
            f"validation_split={fraction} of {samples} samples holds out {count}; it must hold out 1 to {samples - 1}"
        )
    numbers = None if classes is None else _class_numbers(classes, samples)
    # Drawn after the last check: a call that fails leaves the generator as it was.
    order = rng.permutation(samples)
    if numbers is None:
        return order[count:], order[:count]

    labels = numbers[order]
    held_per_class = _apportion(np.bincount(labels), count, fraction)
    # The place of each sample among those of its class, in shuffled order: the first ones are held out.
    grouped = np.argsort(labels, kind="stable")
    first = np.searchsorted(labels[grouped], labels[grouped])
    place = np.empty(samples, np.int64)
    place[grouped] = np.arange(samples) - first
    held = place < held_per_class[labels]
    return order[~held], order[held]


def _class_numbers(classes: Array, samples: int) -> Array:
    """Return the classes numbered 0 ... K-1, each of at least two samples."""
    classes = np.asarray(classes)
    if classes.shape != (samples,):
        raise ShapeError(f"validation_split: got classes of shape {classes.shape}, wanted ({samples},)")
    if classes.dtype.kind not in "biuUS":
        raise DTypeError(
            f"validation_split: got classes of dtype {classes.dtype}, wanted whole numbers or text to stratify by"
        )
    names, labels, counts = np.unique(classes, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        raise ShapeError(
            f"validation_split: class {names[counts.argmin()].item()!r} has 1 sample, wanted at least 2 of each class: "
            "one to keep and one to hold out"
        )
    return labels


def _apportion(counts: Array, total: int, fraction: float) -> Array:
    """Share ``total`` among the classes by largest remainders, then give and leave each at least one."""
    share = counts * fraction
    held = np.floor(share).astype(np.int64)
    largest_first = np.argsort(held - share, kind="stable")
    held[largest_first[: total - held.sum()]] += 1
    return np.clip(held, 1, counts - 1)
