"""Labels: the class of each sample, read from every form that has one meaning only.

Python and the command line have one rule. A label is the index of an output of the network, counted from 0. Labels are
integers (N,). Other forms are converted: a column (N, 1), whole floats such as 2.0, True and False (1 and 0), and
one-hot rows (N, K), which hold 1 at the class of the sample and 0 elsewhere. Everything else is an error.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, NumericError, ShapeError
from ..system.floating_point import quietly
from .arrays import read_array
from .dates import as_days, is_date

LARGEST_EXACT = 2**53
"""From this number on, several integers have one and the same float64."""


def read_labels(values: Any, argument: str = "y") -> Array:
    """Return labels as an array (N,) of integers; the range of the numbers is not checked.

    Parameters
    ----------
    values : array_like, shape (N,), (N, 1) or one-hot (N, K)
        Integers, whole floats or bools; not modified.
    argument : str
        The name in messages.

    Returns
    -------
    ndarray, shape (N,)
        Integers; ``values`` itself, or a view of them, if nothing had to be converted.

    Raises
    ------
    ShapeError
        For any other shape.
    DTypeError
        For texts and for numbers that are not whole; the message shows the line to write.
    """
    labels = read_array(values, argument)
    if isinstance(values, list) and not values:
        return labels.astype(np.int64)
    check_no_texts(labels, argument)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        return _of_one_hot(labels, argument)
    if labels.ndim != 1:
        raise ShapeError(f"{argument} must hold one label for each sample, shape (N,), got {labels.shape}")
    if labels.dtype.kind == "b":
        return labels.astype(np.int64)
    return _whole(labels, argument) if labels.dtype.kind not in "iu" else labels


@quietly
def classes_of(scores: Array) -> Array:
    """Return the index (N,) of the largest of each sample's scores (N, K); raise NumericError for a NaN score."""
    lost = np.isnan(scores).any(axis=1)
    if lost.any():
        row = int(lost.argmax())
        raise NumericError(
            f"sample {row} has the scores {scores[row].tolist()}, of which none is the largest, so that it has no "
            "class; NaN comes from numbers that are not finite, or too large, in its features or in the weights"
        )
    return scores.argmax(axis=1)


def is_one_hot(array: Array) -> bool:
    """Return whether an array has shape (N, K), K >= 2, and each row holds a single 1 and 0 elsewhere."""
    if array.ndim != 2 or array.shape[1] < 2 or array.dtype.kind not in "biuf":
        return False
    ones = array == 1
    return bool((ones | (array == 0)).all() and (ones.sum(axis=1) == 1).all())


@quietly
def is_whole(array: Array) -> bool:
    """Return whether an array holds only whole numbers, such as 2, 2.0 and True; floats must be below 2**53."""
    if array.dtype.kind != "f":
        return array.dtype.kind in "biu"
    return bool(((array == np.floor(array)) & (np.abs(array) < LARGEST_EXACT)).all())


def look_like_classes(targets: Array) -> bool:
    """Guess whether targets are classes: return True for one integer a sample and for one-hot rows.

    Whole floats count as classes when they start at 0 or 1, leave out no number, and occur twice on average.
    """
    if is_one_hot(targets):
        return True
    if not len(targets) or targets.size != len(targets) or not is_whole(targets):
        return False
    if targets.dtype.kind != "f":
        return True
    smallest, largest = targets.min(), targets.max()
    found = len(np.unique(targets))
    return bool(smallest in (0, 1) and largest - smallest + 1 == found and 2 <= found <= len(targets) / 2)


def check_classes(labels: Array, classes: int, argument: str = "y") -> None:
    """Raise ValueError unless all labels (N,) are from 0 to ``classes`` - 1; the message shows what to write."""
    wrong = (labels < 0) | (labels >= classes)
    if not wrong.any():
        return
    row, smallest, largest = int(wrong.argmax()), int(labels.min()), int(labels.max())
    y = _name(argument)
    if smallest > 0 and largest - smallest + 1 == classes:
        fix = f"labels that count from {smallest} become {y} - {smallest}"
    elif smallest >= 0 and largest <= max(2 * len(labels), 100):
        fix = f"for {largest + 1} classes the network ends in Dense({largest + 1})"
    elif set(np.unique(labels).tolist()) == {-1, 1}:
        fix = f"for -1 and 1, write ({y} > 0).astype('int64')"
    else:
        fix = f"to count them from 0: {_numbering(argument)}; for numbers to predict: loss='mean_squared_error'"
    raise ValueError(
        f"{argument}[{row}] is {labels[row]}, but the network has {classes} classes: labels go from 0 to "
        f"{classes - 1}; {fix}"
    )


def check_no_texts(array: Array, argument: str) -> None:
    """Raise DTypeError for an array of texts or other objects; the message shows the line that converts them."""
    if array.dtype.kind not in "OSUT":
        return
    values = array.ravel()
    wrong = next((row for row, value in enumerate(values) if isinstance(value, str | bytes)), None)
    if wrong is not None:
        fix = f"for names of classes, write {_numbering(argument, are_bytes=array.dtype.kind == 'S')}"
    elif len(values) and is_date(values[0]):
        wrong, fix = 0, _fix_for_dates(values[0], argument)
    elif all(isinstance(value, int | float | np.number) for value in values):
        are_whole = all(isinstance(value, int | np.integer) for value in values)
        wrong, fix = 0, f"write {_name(argument)}.astype({'int64' if are_whole else 'float64'!r})"
    else:
        wrong = next((row for row, value in enumerate(values) if not isinstance(value, int | float | np.number)), 0)
        fix = "leave samples without a label out"
    got = f", {argument}[{wrong}] is {values[wrong : wrong + 1].tolist()[0]!r:.50}" if len(values) else ""
    raise DTypeError(f"{argument} must hold numbers, got {array.dtype}{got}; {fix}")


def fix_for_one_output(targets: Any, argument: str = "y") -> str:
    """Return the hint for cross-entropy with a network of one output: the loss or layer that fits the targets."""
    found = read_array(targets, argument)
    if found.dtype.kind in "biuf" and not is_whole(found):
        return "for numbers to predict: loss='mean_squared_error'"
    labels = read_labels(found, argument)
    if labels.max(initial=0) <= 1:
        return "for one yes-or-no score: loss='binary_cross_entropy'"
    return f"for classes the network ends in Dense({labels.max() + 1}); for numbers: loss='mean_squared_error'"


def fix_for_other_shape(targets: Array, argument: str = "y") -> str:
    """Return the hint for targets that have another shape than the outputs (N, K), but look like classes.

    Targets that do not look like classes give "".
    """
    if len(np.atleast_1d(targets)) and is_one_hot(targets):
        return f"; for one-hot rows, write {_name(argument)}.argmax(axis=1)"
    is_class = targets.ndim and len(targets) and targets.size == len(targets) and is_whole(targets)
    return "; for classes: loss='cross_entropy'" if is_class else ""


def fix_for_yes_or_no(targets: Array, argument: str = "y") -> str:
    """Return the hint for yes-or-no targets outside [0, 1]: the line that mends them, or another loss; or ""."""
    if not is_whole(targets):
        return "; for numbers to predict: loss='mean_squared_error'" if np.isfinite(targets).all() else ""
    found = set(np.unique(targets).tolist())
    if found == {1, 2}:
        return f"; labels that count from 1 become {_name(argument)} - 1"
    if found == {-1, 1}:
        return f"; for -1 and 1, write ({_name(argument)} > 0).astype('int64')"
    if min(found) >= 0:
        classes = int(max(found)) + 1
        return f"; for {classes} classes: loss='cross_entropy', and the network ends in Dense({classes})"
    return ""


def _numbering(argument: str, are_bytes: bool = False) -> str:
    """Return the line of code that turns names into numbers from 0; ``argument`` is "y" for the training samples.

    Other samples get the numbers that the training samples gave to the names. Names of bytes become texts.
    """
    y = "np.asarray(y).astype(str)" if are_bytes else "y"
    if argument == "y":
        return f"names, y = np.unique({y}, return_inverse=True)"
    return f"y = np.searchsorted(names, {y}), with the names of the training part"


def _fix_for_dates(example: Any, argument: str) -> str:
    """Return the hint for dates in y; ``example`` is that of `as_days`."""
    return (
        f"for classes, write {_numbering(argument)}; for numbers to predict, write days: y = "
        f"{as_days('y', example, 'float32')}, with loss='mean_squared_error'"
    )


def _name(argument: str) -> str:
    """Return the last word of ``argument``, which is the name in code: "y" of "validation y"."""
    return argument.split()[-1]


def _of_one_hot(labels: Array, argument: str) -> Array:
    if is_one_hot(labels):
        return labels.argmax(axis=1)
    wrong = f"{argument} must hold one label for each sample, shape (N,), or one-hot rows, got {labels.shape}"
    if labels.dtype.kind in "biu" and ((labels == 0) | (labels == 1)).all():
        row = int((labels.sum(axis=1) != 1).argmax())
        raise ShapeError(
            f"{wrong}, and {argument}[{row}] has {int(labels[row].sum())} ones; for several answers to each sample: "
            "loss='binary_cross_entropy'"
        )
    if len(labels) == 1 and is_whole(labels):
        raise ShapeError(f"{wrong}; for labels in one row, write np.ravel({_name(argument)})")
    raise ShapeError(
        f"{wrong}; from scores or probabilities, take the class of each sample: {_name(argument)}.argmax(axis=1)"
    )


@quietly
def _whole(labels: Array, argument: str) -> Array:
    if labels.dtype.kind == "f" and is_whole(labels):
        return labels.astype(np.int64)
    message = f"{argument} must hold whole numbers, the class of each sample, got {labels.dtype}"
    if labels.dtype.kind in "mM":
        message += f"; {_fix_for_dates(labels, argument)}"
    if labels.dtype.kind == "f":
        row = int((~(labels == np.floor(labels)) | (np.abs(labels) >= LARGEST_EXACT)).argmax())
        message += f", {argument}[{row}] is {labels[row]}"
        if np.isfinite(labels[row]):
            message += "; for numbers to predict: loss='mean_squared_error'"
        elif np.isnan(labels[row]):
            message += "; leave samples without a label out"
    raise DTypeError(message)
