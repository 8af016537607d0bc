"""Holding part of the samples out: shuffled, and on request with every class in proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .errors import DTypeError, ShapeError

if TYPE_CHECKING:
    from numpy.random import Generator

Array: TypeAlias = np.ndarray[Any, Any]


def split(
    x: Array, y: Array | None, fraction: float, rng: Generator, *, stratify: bool = False
) -> tuple[Array, Array | None, Array, Array | None]:
    """Split samples at random into those to keep and those to hold out.

    Parameters
    ----------
    x : ndarray, shape (N, ...)
        Not modified.
    y : ndarray, shape (N, ...), or None
        Labels or target values; not modified.
    fraction : float, > 0 and < 1
        How much to hold out: ``fraction * N`` samples, rounded.
    rng : numpy.random.Generator
        Where the shuffling comes from; the same state gives the same split.
    stratify : bool
        Hold out the same fraction of each class of ``y``, as near as whole samples allow, at least one
        sample and never all of them.

    Returns
    -------
    x_kept, y_kept, x_held, y_held : ndarray
        Copies, in random order; ``y_kept`` and ``y_held`` are None where ``y`` is.

    Raises
    ------
    ValueError
        For a fraction that is not a number between 0 and 1, or holds out none or all of the samples.
    ShapeError
        For lengths of ``x`` and ``y`` that differ, labels that are not (N,), or a class of one sample.
    DTypeError
        For an ``rng`` that is not a Generator, or classes that are not whole numbers or text.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.zeros((10, 4), np.float32), np.arange(10) % 2
    >>> x_kept, y_kept, x_held, y_held = split(x, y, 0.2, np.random.default_rng(0), stratify=True)
    >>> sorted(y_held.tolist())
    [0, 1]
    """
    x = np.asarray(x)
    y = None if y is None else np.asarray(y)
    if x.ndim == 0:
        raise ShapeError("split: got x of shape (), wanted an array of samples (N, ...)")
    if y is not None and y.shape[:1] != x.shape[:1]:
        raise ShapeError(f"split: got y of shape {y.shape}, wanted {len(x)} rows as in x of shape {x.shape}")
    if stratify and y is None:
        raise ValueError("split: stratify=True needs y, the class of each sample")
    kept, held = split_indices(len(x), fraction, rng, classes=y if stratify else None)
    return x[kept], None if y is None else y[kept], x[held], None if y is None else y[held]


def split_indices(
    samples: int, fraction: float, rng: Generator, *, classes: Array | None = None
) -> tuple[Array, Array]:
    """Split the numbers ``0 ... samples - 1`` at random into those to keep and those to hold out.

    Parameters and errors are those of `split`; ``classes``, shape (samples,), asks for a stratified split.

    Returns
    -------
    kept, held : ndarray of int64
        In random order; together, each number once.
    """
    if (
        isinstance(fraction, bool)
        or not isinstance(fraction, (int, float, np.integer, np.floating))
        or not 0 < fraction < 1
    ):
        raise ValueError(f"split: fraction is {fraction!r}; it must be a number between 0 and 1")
    if not isinstance(rng, np.random.Generator):
        raise DTypeError(
            f"split: got rng of type {type(rng).__name__}, wanted a numpy.random.Generator: np.random.default_rng(seed)"
        )
    count = _rounded(samples * float(fraction))
    if not 0 < count < samples:
        raise ValueError(
            f"split: fraction {fraction} of {samples} samples holds out {count}; it must hold out 1 to {samples - 1}"
        )
    numbers = None if classes is None else _class_numbers(classes, samples)
    # Drawn after the last check: a call that fails leaves the generator as it was.
    order = rng.permutation(samples)
    if numbers is None:
        return order[count:], order[:count]

    labels = numbers[order]
    held_per_class = _apportion(np.bincount(labels), count, float(fraction))
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
        raise ShapeError(f"split: got classes of shape {classes.shape}, wanted ({samples},) to stratify by")
    if classes.dtype.kind not in "biuUS":
        raise DTypeError(f"split: got classes of dtype {classes.dtype}, wanted whole numbers or text to stratify by")
    names, labels, counts = np.unique(classes, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        raise ShapeError(
            f"split: class {names[counts.argmin()].item()!r} has 1 sample, wanted at least 2 of each class: "
            f"one to keep and one to hold out"
        )
    return labels


def _apportion(counts: Array, total: int, fraction: float) -> Array:
    """Share ``total`` among the classes by largest remainders, then give and leave each at least one."""
    share = counts * fraction
    held = np.floor(share).astype(np.int64)
    largest_first = np.argsort(held - share, kind="stable")
    held[largest_first[: total - held.sum()]] += 1
    return np.clip(held, 1, counts - 1)


def _rounded(number: float) -> int:
    return int(number + 0.5)
