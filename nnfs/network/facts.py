"""Facts: what the numbers of a network stand for. Every file that holds the network holds its facts."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._kernels.interface import Array
from ..arguments.arrays import read_array
from ..arguments.explained import Explained
from ..arguments.frames import array_of, columns_of, is_frame, names_of, row_as_frame
from ..arguments.hyperparameters import as_number
from ..arguments.pixels import divisor_for
from ..arguments.shapes import Shape
from ..errors import DTypeError, FormatError, ShapeError
from ..metrics import get_metrics
from ..system.caller import calls_within
from .preprocessing import Column, Preprocessing, Transformed, columns_by_name, read_preprocessing

MOST_NAMES = 2**20
MOST_CHARACTERS = 2**22
"""The most names in a list, and the most characters of all of them: files have limits, and so must what goes in."""


@dataclass(frozen=True, init=False)
class Facts(Explained):
    """Hold what a network's numbers stand for: names of classes and columns, and what was done to pixels.

    ``net.facts = nnfs.Facts(class_names=["cat", "dog"])``; `nnfs.save` and `nnfs.io.onnx.save` write them into the
    file, and `nnfs.load` gives them back. ``nnfs train`` sets them itself. Nothing here changes what the network
    computes: ``[net.facts.class_names[k] for k in net.predict_classes(x)]`` are the answers by name.

    Parameters
    ----------
    class_names : list of str
        The name of each class, in the order of the classes' numbers; none where they are not known. It becomes a tuple,
        as the other lists do.
    columns : list of str
        The name of each column of x (N, D), in this order; none where they are not known.
    target, sample_weight : str or None
        The columns of a table that hold the labels, and what each sample counts: by name, or by number as text.
    pixels_divided_by : float or None
        What pixels were divided by before the network saw them, so that they go from 0 to 1: 255 for those of 8 bits.
    metrics : list of str or None
        The names of the metrics that were reported beside the loss; None for those that go with the loss.
    preprocessing : Preprocessing or None
        How columns of a raw table become those of x: a DataFrame is taken as it is, then. None where x is the table.

    Raises
    ------
    DTypeError, ValueError
        For what are no texts, for names that stand there twice, and for more or longer ones than files may hold.
    """

    class_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target: str | None = None
    sample_weight: str | None = None
    pixels_divided_by: float | None = None
    metrics: tuple[str, ...] | None = None
    preprocessing: Preprocessing | None = None

    def __init__(
        self,
        *,
        class_names: Iterable[str] = (),
        columns: Iterable[str] = (),
        target: str | None = None,
        sample_weight: str | None = None,
        pixels_divided_by: float | None = None,
        metrics: Iterable[str] | None = None,
        preprocessing: Preprocessing | None = None,
    ) -> None:
        if not isinstance(preprocessing, Preprocessing | None):
            raise DTypeError(f"preprocessing must be that of nnfs.data.read(...), got {type(preprocessing).__name__}")
        vars(self).update(
            class_names=_as_names(class_names, "class_names"),
            columns=_as_names(columns, "columns"),
            target=None if target is None else _as_name(target, "target"),
            sample_weight=None if sample_weight is None else _as_name(sample_weight, "sample_weight"),
            pixels_divided_by=None
            if pixels_divided_by is None
            else as_number(pixels_divided_by, "pixels_divided_by", above=0),
            metrics=None if metrics is None else _as_names(metrics, "metrics"),
            preprocessing=preprocessing,
        )
        get_metrics(self.metrics or ())

    def known(self) -> dict[str, Any]:
        """Return the facts that are known, by the names of the arguments, ready for JSON; {} where nothing is known."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {name: _plain(value) for name, value in found.items()}
        return {name: value for name, value in plain.items() if found[name] != getattr(Facts, name)}

    def prepared(self, x: Any, dtype: DTypeLike = "float32") -> Any:
        """Return the numbers of a table (N, D); anything else, and all where no columns are known, as it is.

        A table is a DataFrame, an Arrow table, a dict of columns or a row of pandas. Its columns may stand in any order
        with others beside them. A text that the training has not seen gives a warning. Raises FormatError for a missing
        column or value, and for a number that is infinite.
        """
        if type(x) is np.ndarray or not (self.columns or self.preprocessing):
            return x
        if isinstance(x, str | bytes | os.PathLike):
            raise DTypeError(
                f"x must be an array or a table in memory, got the text {str(x)[:50]!r}. Try, for a file: nnfs.data."
                "read(path, target=net.facts.target, preprocessing=net.facts.preprocessing).train.x"
            )
        table = row_as_frame(x)
        if not is_frame(table):
            return x
        return self._rows(table, may_drop=False).x.astype(dtype, order="C")

    def _rows(self, table: Any, *, may_drop: bool) -> Transformed:
        known = self._preprocessing_of(names_of(table))
        rows = known.transform(columns_by_name(known, columns_of(table, known.names)), may_drop=may_drop)
        for change in rows.changes:
            warnings.warn(change, UserWarning, stacklevel=calls_within())
        return rows

    def prepared_with_targets(self, x: Any, y: Any, dtype: np.dtype[Any]) -> tuple[Any, Any, Array | slice]:
        """Return the numbers of a table, its targets, and which of its rows they are of; anything else as it is.

        A ``y`` of None stands for the table's column ``target``. Names of classes become their numbers, and other
        numbers the type ``dtype``. Where the preprocessing drops rows with missing values, they are left out, as are
        those without a target, with a warning. Raises DTypeError where the table has no targets, and for unknown names.
        """
        if not (self.columns or self.preprocessing) or not is_frame(x):
            return x, y, slice(None)
        if y is None:
            if self.target is None or self.target not in names_of(x):
                there = "the network knows no name of it" if self.target is None else f"there is no {self.target!r}"
                raise DTypeError(f"y is missing: give x and y, or a table with the column of the targets; {there}")
            y = array_of(x, self.target)
        y = np.atleast_1d(np.asarray(y))
        rows = self._rows(x, may_drop=True)
        kept = rows.kept
        if len(y) != len(kept):
            raise ShapeError(f"y has {len(y)} rows, and the table {len(kept)}; each row needs its target")
        if self.preprocessing is not None and self.preprocessing.missing == "drop":
            kept = kept & _has_target(y)
            if count := int(rows.kept.sum() - kept.sum()):
                text = f"samples without a target ({count:,} of {len(kept):,}) are left out"
                warnings.warn(text, UserWarning, stacklevel=calls_within())
        y = y[kept]
        y = np.array(y.tolist()) if y.dtype.kind == "O" else y  # without None they may be numbers
        names = _names_in(y, "y")
        if names and self.class_names:
            unknown = next((name for name in names if name.strip() not in self.class_names), None)
            if unknown is not None:
                wanted = ", ".join(self.class_names)[:200]
                raise DTypeError(f"y holds {unknown[:50]!r}, which is no class of the training; wanted one of {wanted}")
            y = np.array([self.class_names.index(name.strip()) for name in names])
        elif y.dtype.kind in "biuf":
            y = self._numbered(y).astype(dtype)
        return rows.x[kept[rows.kept]].astype(dtype, order="C"), y, kept

    def _numbered(self, y: Array) -> Array:
        """Return the classes of labels that are numbers or True and False, where these are the names of the classes."""
        if not self.class_names:
            return y
        texts = [str(value) if y.dtype.kind == "b" else f"{value:g}" for value in y.ravel().tolist()]
        if not set(texts) <= set(self.class_names):
            return y
        return np.array([self.class_names.index(text) for text in texts])

    def _preprocessing_of(self, names: tuple[str, ...]) -> Preprocessing:
        """Return how to read a table with these columns: raw, or with the columns of x themselves."""
        plain = Preprocessing(tuple(map(Column, self.columns)))
        known = plain if self.preprocessing is None else self.preprocessing
        missing = [name for name in known.names if name not in names]
        if not missing or (self.columns and set(self.columns) <= set(names)):
            return plain if missing else known
        from difflib import get_close_matches  # here, since few columns are missing

        nearest = get_close_matches(missing[0], names, 1)
        fix = f"; the nearest to {missing[0]!r} is {nearest[0]!r}" if nearest else ""
        if len(names) == 1 and (mark := next((mark for mark in ";\t|" if mark in names[0]), None)):
            fix = f". Try: sep={mark!r}, and decimal=',' for numbers with commas, where the file is read"
        raise FormatError(
            f"there is no column {', '.join(missing)[:200]}; got {', '.join(names)[:200]}, wanted "
            f"{', '.join(known.names)[:200]}{fix}"
        )

    def check_input(self, x: Any, argument: str, dtype: np.dtype[Any]) -> None:
        """Raise ValueError for pixels that were not divided.

        Whole numbers from 2 on are an error, since pixels of 0 to 1 are expected; fractions from 2 on are a warning,
        since noise may be added to pixels.
        """
        if self.pixels_divided_by is None:
            return
        values = read_array(x, argument)
        with np.errstate(all="ignore"):
            largest = np.max(values, initial=0) if values.dtype.kind in "iuf" else 0
        if largest < 2 or not np.isfinite(largest):
            return
        text = (
            f"{argument} must hold pixels of 0 to 1, as the network was trained on pixels / "
            f"{self.pixels_divided_by:g}; got {values.dtype} up to {largest:g}"
        )
        is_larger = largest > self.pixels_divided_by or (values.dtype == np.uint8 and self.pixels_divided_by > 255)
        divisor = divisor_for(largest) if is_larger else self.pixels_divided_by
        if divisor is not None:
            text += f". Try: np.divide({argument.split()[-1]}, {divisor:g}, dtype={dtype.name!r})"
        if values.dtype.kind != "f":
            raise ValueError(text)
        warnings.warn(text, UserWarning, stacklevel=calls_within())

    def check_targets(self, y: Any, argument: str) -> None:
        """Raise DTypeError for names in the place of labels, where it is known which label each name has."""
        if not self.class_names:
            return
        names = _names_in(y, argument)
        if names and all(name in self.class_names for name in names):
            raise DTypeError(
                f"{argument} must hold labels, got names of classes. Try: "
                f"[net.facts.class_names.index(name) for name in {argument.split()[-1]}]"
            )

    def check_no_unknown_names(self, y: Any) -> None:
        """Raise DTypeError for names in the place of labels where no names are known, so that they have no numbers."""
        names = [] if self.class_names else _names_in(y, "y")
        if names:
            raise DTypeError(
                f"y must hold labels, got names, y[0] is {names[0]!r:.50}, and the network knows no names of classes. "
                "Try, with the names in the order of the training: net.facts = nnfs.Facts(class_names=[...]), and "
                "[net.facts.class_names.index(name) for name in y]"
            )


def as_facts(facts: Any, input_shape: Shape, output_shape: Shape) -> Facts:
    """Return facts that fit a network of these shapes; raise DTypeError or ShapeError for others."""
    if not isinstance(facts, Facts):
        raise DTypeError(f"facts must be nnfs.Facts(class_names=..., columns=...), got {type(facts).__name__}")
    if facts.preprocessing is not None and (len(facts.preprocessing.features),) != input_shape:
        raise ShapeError(
            f"facts: the preprocessing gives {len(facts.preprocessing.features)} numbers; samples have shape "
            f"{input_shape}"
        )
    if facts.columns and (len(facts.columns),) != input_shape:
        raise ShapeError(f"facts: there are {len(facts.columns)} names of columns; samples have shape {input_shape}")
    # One output is a yes-or-no answer: two classes.
    classes = max(2, output_shape[0])
    if len(facts.class_names) > classes:
        raise ShapeError(
            f"facts: there are {len(facts.class_names)} names of classes; the network's outputs {output_shape} are for "
            f"{classes}"
        )
    return facts


def read_facts(found: Any) -> Facts:
    """Return the facts that a file holds as JSON; raise FormatError for anything else."""
    names = [field.name for field in fields(Facts)]
    if not isinstance(found, dict) or not found.keys() <= set(names):
        raise FormatError(f"facts: got {repr(found)[:100]}, wanted an object with some of {', '.join(names)}")
    try:
        if "preprocessing" in found:
            found = found | {"preprocessing": read_preprocessing(found["preprocessing"])}
        return Facts(**found)
    except (ValueError, TypeError) as error:
        raise FormatError(str(error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Preprocessing):
        return value.plain()
    return list(value) if isinstance(value, tuple) else value


def _as_names(names: Any, argument: str) -> tuple[str, ...]:
    if isinstance(names, str | bytes | Mapping | Set) or not isinstance(names, Iterable):
        raise DTypeError(f"{argument} must be a list of texts, got {repr(names)[:100]}")
    found = tuple(_as_name(name, argument) for name in names)
    characters = sum(map(len, found))
    if len(found) > MOST_NAMES or characters > MOST_CHARACTERS:
        raise ValueError(
            f"{argument} must be at most {MOST_NAMES:,} names of {MOST_CHARACTERS:,} characters together, got "
            f"{len(found):,} of {characters:,}"
        )
    if len(set(found)) < len(found):
        twice = next(name for name, other in pairwise(sorted(found)) if name == other)
        raise ValueError(f"{argument}: got {twice[:50]!r} twice, wanted each name once")
    return found


def _as_name(name: Any, argument: str) -> str:
    if not isinstance(name, str):
        raise DTypeError(f"{argument} must be text, got {repr(name)[:50]}. Try: str(...)")
    if len(name) > MOST_CHARACTERS:
        raise ValueError(f"{argument} must be at most {MOST_CHARACTERS:,} characters, got {len(name):,}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{argument}: got {name[:50]!r}, wanted text that UTF-8 can write") from None
    return str(name)


def _has_target(y: Array) -> Array:
    """Return which of N targets are there (N,): no None, no NaN and no empty text in them."""
    is_there = [value is not None and value == value and value != "" for value in y.ravel().tolist()]
    return np.logical_and.reduce(np.array(is_there, bool).reshape(len(y), -1), axis=1)


def _names_in(y: Any, argument: str) -> list[str]:
    """Return the targets if all of them are texts; no names else."""
    targets = read_array(y, argument)
    names = targets.ravel().tolist() if targets.dtype.kind in "UO" else []
    return names if all(isinstance(name, str) for name in names) else []
