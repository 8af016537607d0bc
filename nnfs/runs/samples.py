"""The samples of a run: a data set by its name, or the user's own file."""

from __future__ import annotations

import errno
import os
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..data import DATASETS, SampleFile, Samples, load, read
from ..data.samples import describe_numbers
from ..facts import Facts
from ..losses import BinaryCrossEntropy, CrossEntropy, Loss

NEEDS_FOLDER = "fashion-mnist"
DIVIDED_BY = {"digits": 16, "fashion-mnist": 255}
"""What the pixels of data sets are divided by where they are loaded."""


def load_samples(
    source: str,
    *,
    data_dir: str | None = None,
    target: str | None = None,
    sample_weight: str | None = None,
    class_names: tuple[str, ...] = (),
    features: int | None = None,
    columns: tuple[str, ...] = (),
    dtype: str = "float32",
) -> SampleFile:
    """Return the samples of a data set, by its name, or of a file or folder, see `nnfs.data.read`.

    Raises ValueError for arguments that do not go with the data, FileNotFoundError for what is neither a name nor a
    file, and FormatError for data that are damaged.
    """
    if data_dir is not None and source != NEEDS_FOLDER:
        raise ValueError(f"data_dir is for {NEEDS_FOLDER}, got it with {source}")
    if source not in DATASETS:
        if not os.path.exists(source):
            text = f"there is no such file or folder, and no data set of this name; the names are {', '.join(DATASETS)}"
            raise FileNotFoundError(errno.ENOENT, text, source)
        return read(
            source,
            target=target,
            sample_weight=sample_weight,
            class_names=class_names,
            features=features,
            columns=columns,
            dtype=dtype,
        )
    if target is not None or sample_weight is not None:
        raise ValueError(f"target and sample_weight name columns of a table, which {source} is not")
    data = load(source, **({} if data_dir is None else {"data_dir": data_dir}))
    train, test = (
        Samples(x.astype(dtype, copy=False), y.astype(dtype, copy=False) if y.dtype.kind == "f" else y)
        for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test))
    )
    if class_names and len(class_names) != len(data.class_names):
        raise ValueError(f"class_names has {len(class_names)} names; {source} has {len(data.class_names)} classes")
    names = class_names or data.class_names
    changes = describe_numbers(names) if names != data.class_names else ()
    return SampleFile(train, test, names, changes=changes, pixels_divided_by=DIVIDED_BY.get(source))


def of_table(facts: Facts, source: str) -> dict[str, Any]:
    """Return what a network knows of the columns of a table; nothing for data that are no table."""
    if not is_table(source):
        return {}
    # Without names of columns, all but the labels are taken.
    known = {"sample_weight": facts.sample_weight, "columns": facts.columns} if facts.columns else {}
    return {"target": facts.target} | known


def is_table(source: str) -> bool:
    """Return whether data are a table, whose columns may have names."""
    return source.lower().endswith((".csv", ".tsv"))


def facts_of(settings: dict[str, Any], samples: SampleFile | None = None) -> Facts:
    """Return what the network of a run is to know: what the run's settings say, and what was done to its samples."""
    return Facts(
        class_names=settings["class_names"] or (),
        columns=settings["columns"] or (),
        target=settings["target"],
        sample_weight=settings["sample_weight"],
        metrics=settings["metrics"],
        pixels_divided_by=None if samples is None else samples.pixels_divided_by,
    )


def check_labelled(samples: Samples, source: str) -> Samples:
    """Return samples that have labels, or raise ValueError."""
    if samples.y is None:
        raise ValueError(f"{source} has no labels; they are needed here")
    return samples


def default_loss(y: Array) -> str:
    """Return the name of the loss for targets: cross-entropy for classes (N,), else mean squared error."""
    return "cross_entropy" if y.dtype.kind in "iu" and y.ndim == 1 else "mean_squared_error"


def count_outputs(loss: Loss, samples: SampleFile) -> int:
    """Return how many outputs a network needs for these samples.

    Raises ValueError for one class alone, for classes below 0 or of a number that the loss is not for, for fewer
    names than classes, and for classes that are numbers to predict, by all appearance.
    """
    y = samples.train.y
    assert y is not None
    if not len(y):
        raise ValueError("there are no samples in the data")
    if _is_classes(loss, y):
        _check_classes(loss, y)
    elif isinstance(loss, CrossEntropy) and y.dtype.kind == "f" and y[0].size == 1:
        raise ValueError(f"{loss.name} is for classes; the targets are numbers to predict: --loss mean_squared_error")
    if isinstance(loss, CrossEntropy) and _is_classes(loss, y):
        parts = [part.y for part in (samples.train, samples.test) if part is not None and part.y is not None]
        found = 1 + max(int(part.max(initial=0)) for part in parts)
        classes = max(len(samples.class_names), found)
        if classes > max(len(y), 2):
            raise ValueError(
                f"the labels go up to {classes - 1:,} in {len(y):,} samples: classes are counted from 0; for "
                "numbers to predict: --loss mean_squared_error"
            )
        if samples.class_names and found > len(samples.class_names):
            raise ValueError(f"class_names has {len(samples.class_names)} names; the labels go up to {found - 1}")
        return max(classes, 2)
    if isinstance(loss, BinaryCrossEntropy) or y.ndim == 1:
        return 1
    return int(np.prod(y.shape[1:]))


def _check_classes(loss: Loss, y: np.ndarray[Any, Any]) -> None:
    if len(np.unique(y)) < 2:
        raise ValueError("classification needs samples of at least 2 classes; all samples have the same label")
    if y.min() < 0:
        raise ValueError(
            f"the labels go from {y.min()} to {y.max()}: classes are counted from 0; for numbers to predict: "
            "--loss mean_squared_error"
        )
    if isinstance(loss, BinaryCrossEntropy) and y.max() > 1:
        raise ValueError(f"{loss.name} is for the classes 0 and 1; the labels go up to {y.max()}: --loss cross_entropy")


def describe_samples(samples: SampleFile, loss: Loss) -> str:
    """Return in one line what data were taken for."""
    x, y = samples.train.x, samples.train.y
    assert y is not None
    size = f"{x.shape[1]} features" if x.ndim == 2 else f"images {' x '.join(map(str, x.shape[1:]))}"
    size = ", ".join([size, *samples.changes])
    if _is_classes(loss, y):
        classes = max(2, count_outputs(loss, samples))
        meaning = f"{classes} classes" + (f" ({', '.join(samples.class_names)[:100]})" if samples.class_names else "")
    else:
        numbers = f"{y[0].size} number{'s' * (y[0].size > 1)}"
        meaning = "numbers to predict" if y.ndim == 1 else f"{numbers} to predict for each"
    parts = [
        f"{len(x):,} samples" + (f" and {len(samples.test.x):,} to test with" if samples.test else ""),
        size,
        f"target{'' if samples.target is None else f' {samples.target!r}'}: {meaning}",
        f"loss {loss.name}",
    ]
    return "; ".join(parts)


def _is_classes(loss: Loss, y: Array) -> bool:
    return isinstance(loss, CrossEntropy | BinaryCrossEntropy) and y.ndim == 1 and y.dtype.kind in "iu"
