"""The types in which a user's own data are returned, and the names and numbers of their classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._kernels.interface import Array
from ..arguments.labels import is_whole
from ..errors import FormatError
from ..network.preprocessing import Preprocessing

SCALED = "pixels 0..255 (uint8) are read as 0..1"


class Samples(NamedTuple):
    """Hold samples with their targets, weights and file names.

    Attributes
    ----------
    x : ndarray of float32 or float64, shape (N, D) or (N, C, H, W)
        The inputs, one sample a row.
    y : ndarray, shape (N,) of int64, or (N, ...) of the type of x, or None
        The classes 0 ... K-1, or the numbers to predict in a regression; None if the file has neither.
    weights : ndarray of float64, shape (N,), or None
        The weight of each sample; None if the file has no weights.
    files : tuple of str
        The file of each sample within its folder, such as ``cat/1.png``; empty if the data are no folder.
    """

    x: Array
    y: Array | None = None
    weights: Array | None = None
    files: tuple[str, ...] = ()


class SampleFile(NamedTuple):
    """Hold the contents of a file: samples to train on, perhaps samples to test with, and names.

    Attributes
    ----------
    train, test : Samples, Samples or None
        The training part, and the test part if the file has one.
    class_names : tuple of str
        Empty for a regression, and for classes that the file gives as numbers.
    columns, target : tuple of str, str or None
        The names of the columns of x and of the labels; empty and None if the file is no table with names.
    changes : tuple of str
        Sentences that tell how values were changed or interpreted: pixels divided by 255, numbers rounded, ...
    pixels_divided_by : float or None
        The divisor of the pixels; None if nothing was divided.
    preprocessing : Preprocessing or None
        How the columns of the table became those of x; None where x is the table, and for other files.
    """

    train: Samples
    test: Samples | None = None
    class_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target: str | None = None
    changes: tuple[str, ...] = ()
    pixels_divided_by: float | None = None
    preprocessing: Preprocessing | None = None


def list_names(names: Sequence[str]) -> str:
    r"""Return up to ten names as one line, "a, b, c", with ", ..." for further ones.

    Each name is cut to 50 characters, and ends of lines in it are written as ``\n``.
    """
    shown = [name if len(name) <= 50 else f"{name[:50]}..." for name in names[:10]]
    return ", ".join(shown).replace("\n", "\\n") + ", ..." * (len(names) > 10)


def number_classes(labels: list[str], class_names: tuple[str, ...] = ()) -> tuple[list[int], tuple[str, ...]]:
    """Return the number of each label, counted from 0, and the names that the numbers stand for.

    Without ``class_names``, the names are the sorted labels. Raises FormatError for a label that is not in
    ``class_names``.
    """
    names = class_names or tuple(sorted(set(labels)))
    numbers = {name: number for number, name in enumerate(names)}
    unknown = next((label for label in labels if label not in numbers), None)
    if unknown is not None:
        raise FormatError(f"got the class {unknown[:50]!r}, wanted one of {list_names(names)}")
    return [numbers[label] for label in labels], names


def as_names(labels: Array, class_names: tuple[str, ...]) -> list[str] | None:
    """Return labels (N,) that are numbers as texts if they are names of classes; None if they are class numbers.

    They are names if all of them are in ``class_names``, and also if any name is a number: "1" could then mean the name
    of a class and the number of another.
    """
    if not class_names or not labels.ndim or labels.size != len(labels) or not is_whole(labels):
        return None
    texts = [str(int(label)) for label in labels.ravel().tolist()]
    return texts if any(map(str.isdecimal, class_names)) or set(texts) <= set(class_names) else None


def describe_numbers(class_names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sentence for `SampleFile.changes` that tells the name of each class; () if the names are numbers."""
    if not class_names or class_names == tuple(map(str, range(len(class_names)))):
        return ()
    shown = list_names([f"{number} for {name}" for number, name in enumerate(class_names)])
    return (f"labels are taken for the numbers of the classes: {shown}",)
