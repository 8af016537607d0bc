"""What a file of a user's own data is read as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._kernels.interface import Array
from ..arguments.labels import is_whole
from ..errors import FormatError

SCALED = "pixels 0..255 (uint8) are read as 0..1"


class Samples(NamedTuple):
    """Hold samples and what is known of them.

    Attributes
    ----------
    x : ndarray of float32 or float64, shape (N, D) or (N, C, H, W)
        The inputs, one sample a row.
    y : ndarray, shape (N,) of int64, or (N, ...) of the type of x, or None
        The classes 0 ... K-1, or for a regression the numbers to predict; None where the file has neither.
    weights : ndarray of float64, shape (N,), or None
        What each sample counts, where the file says so.
    files : tuple of str
        The file of each sample within the folder, such as ``cat/1.png``; empty for what is no folder.
    """

    x: Array
    y: Array | None = None
    weights: Array | None = None
    files: tuple[str, ...] = ()


class SampleFile(NamedTuple):
    """Hold what a file has: samples to train on, perhaps others to test with, and the names of the classes.

    ``class_names`` is empty for a regression, and for classes that the file gives as numbers. ``columns`` and
    ``target`` are the names of the columns of x and of the labels, where the file is a table that names them;
    ``changes`` says in words what was done to its numbers: pixels divided by 255, numbers rounded to another type,
    labels taken for the numbers of classes that have names. ``pixels_divided_by`` is what pixels were divided by, None
    where there are none, or nothing was done to them.
    """

    train: Samples
    test: Samples | None = None
    class_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target: str | None = None
    changes: tuple[str, ...] = ()
    pixels_divided_by: float | None = None


def list_names(names: Sequence[str]) -> str:
    """Return names in one line, the first ten of many, with line ends as Python writes them."""
    shown = [name if len(name) <= 50 else f"{name[:50]}..." for name in names[:10]]
    return ", ".join(shown).replace("\n", "\\n") + ", ..." * (len(names) > 10)


def number_classes(labels: list[str], class_names: tuple[str, ...] = ()) -> tuple[list[int], tuple[str, ...]]:
    """Return the number of each label, and the names that the numbers stand for.

    Without ``class_names``, the names are all labels, in the order of their characters. Raises FormatError for a
    label that is none of ``class_names``.
    """
    names = class_names or tuple(sorted(set(labels)))
    numbers = {name: number for number, name in enumerate(names)}
    unknown = next((label for label in labels if label not in numbers), None)
    if unknown is not None:
        raise FormatError(f"got the class {unknown[:50]!r}, wanted one of {list_names(names)}")
    return [numbers[label] for label in labels], names


def as_names(labels: Array, class_names: tuple[str, ...]) -> list[str] | None:
    """Return numbers as texts where they are names of classes; None where they are the numbers of classes.

    They are names where all of them are, and where any class has a number for a name: 1 could mean two classes then.
    """
    if not class_names or not labels.ndim or labels.size != len(labels) or not is_whole(labels):
        return None
    texts = [str(int(label)) for label in labels.ravel().tolist()]
    return texts if any(map(str.isdecimal, class_names)) or set(texts) <= set(class_names) else None


def describe_numbers(class_names: tuple[str, ...]) -> tuple[str, ...]:
    """Return in words what labels that are numbers stand for; () where names do not say more."""
    if not class_names or class_names == tuple(map(str, range(len(class_names)))):
        return ()
    shown = list_names([f"{number} for {name}" for number, name in enumerate(class_names)])
    return (f"labels are taken for the numbers of the classes: {shown}",)
