"""Preprocessing: how the columns of a raw table become the numbers that a network takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..arguments.frames import Texts
from ..errors import FormatError
from ..printable import first_of

MOST_CATEGORIES = 1000
MANY_CATEGORIES = 20
"""Columns of more texts than this are refused where more than half of their values are different: they are names."""
CHOICES = ("mean", "drop")
"""What may be done with missing values."""


class Column(NamedTuple):
    """Hold what the training knows of a column of the raw table.

    Attributes
    ----------
    name : str
        Its name, or its number as text where the table names no columns.
    categories : tuple of str, or None
        The different texts of the training, sorted; None for a column of numbers.
    mean : float or None
        What a missing number is taken for; None where missing values are refused.
    """

    name: str
    categories: tuple[str, ...] | None = None
    mean: float | None = None


class Transformed(NamedTuple):
    """Hold the numbers of a table (M, D), which of its N rows they are of (N,), and sentences on what was changed."""

    x: Array
    kept: Array
    changes: tuple[str, ...]


class Preprocessing(NamedTuple):
    """Turn the columns of a raw table into numbers, as in the training.

    A column of texts becomes one column for each category: 1 where the text is this category, else 0. A text that the
    training has not seen is 0 in all of them, and so is a missing one.

    Attributes
    ----------
    columns : tuple of Column
        The columns of the raw table that are used, in the order of the training.
    missing : "mean", "drop" or None
        What is done with missing values: the mean of the column takes their place, the row is left out, or an error.
    dropped : tuple of str
        The columns that are left out, where the table has them.
    """

    columns: tuple[Column, ...]
    missing: str | None = None
    dropped: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the raw columns that are used."""
        return tuple(column.name for column in self.columns)

    @property
    def features(self) -> tuple[str, ...]:
        """The name of each column of x: that of a raw column, or ``town=Rome`` for a category."""
        return tuple(
            name
            for column in self.columns
            for name in (
                [column.name]
                if column.categories is None
                else [f"{column.name}={category}" for category in column.categories]
            )
        )

    def transform(
        self, values: Sequence[Array | Texts], place: Callable[[int], str] = "row {}".format, *, may_drop: bool = False
    ) -> Transformed:
        """Return the numbers of a table.

        Parameters
        ----------
        values : list of array (N,) or list of texts
            The values of each column of ``columns``: numbers with NaN, or texts with None, where one is missing.
        place : function
            Returns what an error calls row n.
        may_drop : bool
            Whether rows with missing values may be left out; if not, they are an error where there is no mean.

        Raises
        ------
        FormatError
            For a missing value that nothing may take the place of; the message names the first.
        """
        count = len(values[0]) if values else 0
        gaps = [gaps_in(column) for column in values]
        has_gap = np.logical_or.reduce(gaps) if gaps else np.zeros(count, bool)
        if has_gap.any() and (self.missing is None or (self.missing == "drop" and not may_drop)):
            row = int(np.argmax(has_gap))
            name = next(column.name for column, gap in zip(self.columns, gaps, strict=True) if gap[row])
            raise FormatError(
                f"{place(row)}, column {name!r}: got nothing, {self._how_to_fill()}{_others(has_gap, place)}"
            )
        kept = ~has_gap if self.missing == "drop" else np.ones(count, bool)
        parts, changes = [], []
        for column, found, gap in zip(self.columns, values, gaps, strict=True):
            parts.append(_numbers(column, found, gap))
            if column.categories is not None:
                changes += _unknown(column, found)
        filled = sum(int(gap.sum()) for gap in gaps)
        if filled and self.missing == "mean":
            changes.append(
                f"missing values ({filled:,}) are taken for the mean of their column, or for none of its categories"
            )
        if not kept.all():
            changes.append(f"samples with missing values ({int((~kept).sum()):,} of {count:,}) are left out")
        x = np.concatenate(parts).T if parts else np.empty((count, 0))
        x = x if kept.all() else x[kept]
        return Transformed(x, kept, tuple(changes))

    def plain(self) -> dict[str, Any]:
        """Return the preprocessing as values for JSON."""
        columns = [
            {"name": column.name}
            | ({} if column.categories is None else {"categories": list(column.categories)})
            | ({} if column.mean is None else {"mean": column.mean})
            for column in self.columns
        ]
        return {"columns": columns, "missing": self.missing, "dropped": list(self.dropped)}

    def _how_to_fill(self) -> str:
        if self.missing == "drop":
            return "wanted a value: the network was trained without such rows, and each one here needs its answer"
        return "wanted a value in each row, as in the training; fill one in or leave the row out"


def check_missing(missing: Any) -> None:
    """Raise ValueError unless ``missing`` is one of `CHOICES`, or None; the message names the nearest."""
    if missing is None or missing in CHOICES:
        return
    from difflib import get_close_matches  # here, since few are wrong

    nearest = get_close_matches(str(missing).lower(), CHOICES, 1)
    fix = f"; the nearest is {nearest[0]}" if nearest else ""
    raise ValueError(f"missing is {missing!r}; it must be {' or '.join(CHOICES)}{fix}")


def learn(
    names: Sequence[str], values: Sequence[Array | Texts], missing: str | None, dropped: Sequence[str]
) -> Preprocessing:
    """Return the preprocessing that a table of samples to train on calls for.

    Parameters
    ----------
    names : list of str
        The names of the columns.
    values : list of array (N,) or list of texts
        The values of each column, see `Preprocessing.transform`.
    missing : "mean", "drop" or None
        What to do with missing values.
    dropped : list of str
        The columns that were left out.

    Raises
    ------
    FormatError
        For a column without values, and for a column of texts that are no categories, such as names of people.
    """
    kept = np.ones(len(values[0]), bool)
    if missing == "drop":
        kept = ~np.logical_or.reduce([gaps_in(column) for column in values])
        if not kept.any():
            empty = max(zip(names, values, strict=True), key=lambda pair: gaps_in(pair[1]).sum())[0]
            raise FormatError(f"each sample has a missing value, most of them in {empty!r}{_without(empty)}")
    columns, wrong = [], []
    for name, found in zip(names, values, strict=True):
        gaps = gaps_in(found)
        if gaps.all():
            wrong.append(f"column {name!r}: got no value at all{_without(name)}")
        elif isinstance(found, list):
            texts = [text for text, is_kept in zip(found, kept, strict=True) if is_kept and text]
            categories = tuple(sorted(set(texts)))
            wrong += _why_no_categories(name, texts, categories)
            columns.append(Column(name, categories))
        else:
            mean = float(np.mean(found[~gaps & kept])) if missing == "mean" else None
            columns.append(Column(name, None, mean))
    if wrong:
        raise FormatError(first_of(wrong))
    return Preprocessing(tuple(columns), missing, tuple(dropped))


def read_preprocessing(found: Any) -> Preprocessing:
    """Return the preprocessing that a file holds as JSON; raise ValueError for anything else."""
    wanted = ValueError(f"preprocessing: got {repr(found)[:100]}, wanted columns, missing and dropped")
    if not isinstance(found, dict) or found.keys() != {"columns", "missing", "dropped"}:
        raise wanted
    if found["missing"] not in (None, *CHOICES) or not _is_texts(found["dropped"]):
        raise wanted
    if not isinstance(found["columns"], list) or not found["columns"]:
        raise wanted
    columns = []
    for entry in found["columns"]:
        if not isinstance(entry, dict) or not {"name"} <= entry.keys() <= {"name", "categories", "mean"}:
            raise wanted
        categories, mean = entry.get("categories"), entry.get("mean")
        is_number = isinstance(mean, int | float) and not isinstance(mean, bool) and math.isfinite(mean)
        if not isinstance(entry["name"], str) or not (mean is None or is_number):
            raise wanted
        if categories is not None and (not _is_texts(categories) or len(set(categories)) < len(categories)):
            raise wanted
        columns.append(Column(entry["name"], None if categories is None else tuple(categories), mean))
    if len({column.name for column in columns}) < len(columns):
        raise wanted
    return Preprocessing(tuple(columns), found["missing"], tuple(found["dropped"]))


def _is_texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(text, str) for text in found)


def columns_by_name(preprocessing: Preprocessing, found: Mapping[str, Array | Texts]) -> list[Array | Texts]:
    """Return the values of each column of a preprocessing, taken from a table's columns by name.

    Numbers in a column of categories become texts. True and False as texts become 1 and 0. Raises FormatError for
    other texts in a column of numbers, and for numbers that are infinite.
    """
    values: list[Array | Texts] = []
    for column in preprocessing.columns:
        one = found[column.name]
        if column.categories is not None and not isinstance(one, list):
            one = [None if math.isnan(number) else _as_text(number) for number in one.tolist()]
        if column.categories is None and isinstance(one, list):
            one = np.array([_as_number(text, row, column.name) for row, text in enumerate(one)], float)
        if not isinstance(one, list) and np.isinf(one).any():
            row = int(np.argmax(np.isinf(one)))
            raise FormatError(f"row {row}, column {column.name!r}: got {one[row]}, wanted a finite number")
        values.append(one)
    return values


def _as_number(text: str | None, row: int, name: str) -> float:
    if text is None:
        return math.nan
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        return float(text)
    except ValueError:
        text = f"row {row}, column {name!r}: got {text[:50]!r}, wanted a number, or True or False"
        raise FormatError(text) from None


def _as_text(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _without(name: str) -> str:
    """Return the hint to leave a column out."""
    import shlex

    return f". Try: --drop {shlex.quote(name)}, in Python drop=[{name!r}]"


def gaps_in(column: Array | Texts) -> Array:
    """Return where a column has no value (N,)."""
    if isinstance(column, list):
        return np.fromiter((text is None for text in column), bool, len(column))
    return np.isnan(column)


def _others(has_gap: Array, place: Callable[[int], str]) -> str:
    """Return the sentence that counts the rows with a missing value, and names the first ten; "" for one alone."""
    rows = np.flatnonzero(has_gap).tolist()
    if len(rows) < 2:
        return ""
    shown = ", ".join(map(place, rows[:10])) + ", ..." * (len(rows) > 10)
    return f"; {len(rows):,} of {len(has_gap):,} have gaps: {shown}"


def _why_no_categories(name: str, texts: list[str], found: tuple[str, ...]) -> list[str]:
    """Return the sentence that tells why texts are no categories; none where they are."""
    is_unlike = len(found) > max(MANY_CATEGORIES, len(texts) // 2)
    if not is_unlike and len(found) <= MOST_CATEGORIES:
        return []
    return [
        f"column {name!r}: got {len(found):,} different texts in {len(texts):,} samples, which are no categories"
        f"{_without(name)}"
    ]


def _numbers(column: Column, found: Array | Texts, gaps: Array) -> Array:
    """Return the numbers of a column (K, N): one for each category, or the number itself."""
    if column.categories is None:
        assert not isinstance(found, list)
        return np.where(gaps, column.mean or 0.0, found)[None]
    numbers = {category: index for index, category in enumerate(column.categories)}
    x = np.zeros((len(numbers) + 1, len(found)))
    places = [-1 if text is None else numbers.get(text, -1) for text in found]  # the last one is of no category
    x[places, np.arange(len(found))] = 1
    return x[:-1]


def _unknown(column: Column, found: Array | Texts) -> list[str]:
    """Return the sentence that counts the texts of a column that the training has not seen."""
    known = set(column.categories or ())
    texts = [text for text in found if text is not None and text not in known]
    if not texts:
        return []
    shown = ", ".join(repr(text[:50]) for text in list(dict.fromkeys(texts))[:3])
    more = ", ..." * (len(set(texts)) > 3)
    count = f"{len(texts):,} of {len(found):,}"
    return [f"values of {column.name} unknown to the training ({count}: {shown}{more}) are taken for no category"]
