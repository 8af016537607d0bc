"""The samples of a training, from a named data set or from the user's files, and the loss that they call for."""

from __future__ import annotations

import errno
import os
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.labels import is_one_hot, is_whole, look_like_classes, read_labels
from ..arguments.names import meant_name
from ..data import DATASETS, SOURCES, SampleFile, Samples, load, read
from ..data.image_file import SUFFIXES
from ..data.samples import describe_numbers, list_names
from ..losses import BinaryCrossEntropy, CrossEntropy, Loss
from ..network.facts import Facts
from ..network.preprocessing import Preprocessing
from ..sequential import Sequential

NEED_FOLDER = tuple(SOURCES)
"""The data sets that do not come with nnfs."""
DIVIDED_BY = {"digits": 16} | dict.fromkeys(NEED_FOLDER, 255)
"""The number by which the pixels of a data set are divided when it is loaded."""


def load_samples(
    source: str,
    *,
    data_dir: str | None = None,
    target: str | None = None,
    sample_weight: str | None = None,
    class_names: tuple[str, ...] = (),
    features: int | None = None,
    columns: tuple[str, ...] = (),
    missing: str | None = None,
    drop: tuple[str, ...] = (),
    preprocessing: Preprocessing | None = None,
    size: str | None = None,
    grey: bool | None = None,
    needs_labels: bool = True,
    may_drop: bool = True,
    dtype: str = "float32",
) -> SampleFile:
    """Load samples from a data set, a file or a folder.

    Parameters
    ----------
    source : str
        The name of a data set, or the path of a file or folder.
    data_dir : str or None
        The folder that holds a data set which does not come with nnfs; an error with other data.
    target, sample_weight, class_names, features, columns, missing, drop, preprocessing, size, grey, needs_labels
    may_drop, dtype
        See `nnfs.data.read`.

    Raises
    ------
    ValueError
        If an argument does not apply to the data.
    FileNotFoundError
        If ``source`` is neither a data set nor an existing path.
    FormatError
        If the data are damaged.
    """
    if data_dir is not None and source not in NEED_FOLDER:
        raise ValueError(f"data_dir is for {', '.join(NEED_FOLDER)}, got it with {source}")
    if source not in DATASETS:
        if not os.path.exists(source):
            meant = meant_name(source, DATASETS, "data set")
            fix = f"write {meant}" if meant else f"the names are {', '.join(DATASETS)}"
            text = f"there is no such file or folder, and no data set of this name; {fix}"
            raise FileNotFoundError(errno.ENOENT, text, source)
        return read(
            source,
            target=target,
            sample_weight=sample_weight,
            class_names=class_names,
            features=features,
            columns=columns,
            missing=missing,
            drop=drop,
            preprocessing=preprocessing,
            size=size,
            grey=grey,
            needs_labels=needs_labels,
            may_drop=may_drop,
            dtype=dtype,
        )
    if target is not None or sample_weight is not None or missing is not None or drop:
        raise ValueError(f"target, sample_weight, missing and drop are for columns of a table, which {source} is not")
    if size is not None or grey is not None:
        raise ValueError(f"size and grey are for images in files, which {source} is not")
    data = load(source, **({} if data_dir is None else {"data_dir": data_dir}))
    train, test = (
        Samples(x.astype(dtype, copy=False), y.astype(dtype, copy=False) if y.dtype.kind == "f" else y)
        for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test))
    )
    if class_names and len(class_names) != len(data.class_names):
        raise ValueError(
            f"class_names has {len(class_names)} names; {source} has {len(data.class_names)} classes, in samples of "
            f"shape {train.x.shape[1:]}"
        )
    names = class_names or data.class_names
    changes = describe_numbers(names) if names != data.class_names else ()
    return SampleFile(train, test, names, changes=changes, pixels_divided_by=DIVIDED_BY.get(source))


def table_options(facts: Facts, source: str) -> dict[str, Any]:
    """Return the arguments of `load_samples` that a network's facts fill in for a table; {} for other data."""
    if not is_table(source):
        return {}
    # If the facts name no columns, all columns but the labels are features.
    known = {"sample_weight": facts.sample_weight, "columns": facts.columns} if facts.columns else {}
    raw = {} if facts.preprocessing is None else {"preprocessing": facts.preprocessing}
    return {"target": facts.target} | known | raw


def is_table(source: str) -> bool:
    """Return whether a path is that of a table: a .csv, .tsv or .parquet file."""
    return source.lower().endswith((".csv", ".tsv", ".parquet"))


def is_images(source: str) -> bool:
    """Return whether a path is that of images: a folder, or a file with the ending of one."""
    return source not in DATASETS and (os.path.isdir(source) or source.lower().endswith(SUFFIXES))


def facts_of(settings: dict[str, Any], samples: SampleFile | None = None) -> Facts:
    """Return the facts to store with the network of a run: names of classes and columns, metrics, scale of pixels.

    They come from the settings and, for the scale, from ``samples``; without these the scale is unknown (None).
    """
    return Facts(
        class_names=settings["class_names"] or (),
        columns=(settings["columns"] if samples is None else samples.columns) or (),
        target=settings["target"],
        sample_weight=settings["sample_weight"],
        metrics=settings["metrics"],
        pixels_divided_by=None if samples is None else samples.pixels_divided_by,
        preprocessing=None if samples is None else samples.preprocessing,
    )


def check_labelled(samples: Samples, source: str) -> Samples:
    """Return the samples unchanged; raise ValueError if they have no labels."""
    if samples.y is None:
        if is_table(source):
            fix = "a column with them, which --target names"
        else:
            fix = "one folder of images for each class" if is_images(source) else "an array y in the file"
        raise ValueError(f"{source} has no labels; they are needed here: {fix}")
    return samples


def column_to_predict(network: Sequential) -> str | None:
    """Return the name of the column of numbers that a network predicts; None for classes and for unnamed columns."""
    facts = network.facts
    return facts.target if facts.columns and default_metrics(network.loss) else None


def default_metrics(loss: Loss | None) -> list[str] | None:
    """Return the default metrics for a regression; None for a loss that has default metrics of its own.

    They are the error in the unit of the targets, and the share of the targets' variance that is explained.
    """
    return None if loss is None or loss.metrics else ["root_mean_squared_error", "r2_score"]


def default_loss(y: Array) -> str:
    """Return the name of the default loss: cross-entropy if the targets look like classes, else mean squared error."""
    return "cross_entropy" if look_like_classes(y) else "mean_squared_error"


def as_targets(samples: SampleFile, loss: str) -> SampleFile:
    """Return samples with targets in the form that a loss takes: integers (N,) for classes, others unchanged.

    If labels are converted, for example from one-hot rows, a note is added to ``changes``. Raises ValueError if the
    loss is a cross-entropy and the targets are not classes; the message names the option to use.
    """
    if loss not in (CrossEntropy.name, BinaryCrossEntropy.name) or samples.train.y is None:
        return samples
    y, forms = samples.train.y, {_form_of_labels(part.y) for part in _parts(samples)}
    is_plain = forms == {""} or not len(y)
    if loss == BinaryCrossEntropy.name and (y.size != len(y) or not all(is_whole(part.y) for part in _parts(samples))):
        return samples  # probabilities, or several yes-or-no answers for each sample
    train, test = samples.train._replace(y=_labels(y, loss)), samples.test
    if test is not None and test.y is not None:
        test = test._replace(y=_labels(test.y, loss))
    notes = () if is_plain else (f"labels are read from {', '.join(sorted(forms - {''}))}",)
    return samples._replace(train=train, test=test, changes=samples.changes + notes)


def _parts(samples: SampleFile) -> list[Any]:
    return [part for part in (samples.train, samples.test) if part is not None and part.y is not None]


def _form_of_labels(y: Array) -> str:
    """Return a description of the form of labels that are not integers (N,); "" if they are."""
    if is_one_hot(y):
        return "one-hot rows"
    column = "a column (N, 1)" * (y.ndim == 2)
    floats = "floats" * (y.dtype.kind == "f")
    return " of ".join(filter(None, (column, floats)))


def _labels(y: Array, loss: str) -> Array:
    if not is_one_hot(y) and y.size != len(y):
        raise ValueError(
            f"{loss} is for one class of each sample; the targets are {y[0].size} numbers for each. "
            "Try: --loss mean_squared_error, or --loss binary_cross_entropy for yes-or-no answers"
        )
    if not is_one_hot(y) and not is_whole(y):
        raise ValueError(f"{loss} is for classes; the targets are numbers to predict. Try: --loss mean_squared_error")
    return read_labels(y).astype(np.int64, copy=False)


def count_outputs(loss: Loss, samples: SampleFile) -> int:
    """Return the number of outputs that a network needs for these samples.

    Raises
    ------
    ValueError
        If there are no samples, or only one class; if a label is below 0, or above 1 for binary cross-entropy; if
        there are fewer names than classes; or if the labels are so large that they are probably not classes.
    """
    y = samples.train.y
    assert y is not None
    if not len(y):
        raise ValueError("there are no samples in the data; give at least one of each class, or one number to predict")
    if is_classes(loss, y):
        _check_classes(loss, y)
    if isinstance(loss, CrossEntropy) and is_classes(loss, y):
        found = 1 + max(int(part.y.max(initial=0)) for part in _parts(samples))
        classes = max(len(samples.class_names), found)
        if classes > max(len(y), 2):
            raise ValueError(
                f"the labels go up to {classes - 1:,} in {len(y):,} samples: classes are counted from 0"
                f"{_renumbering_advice(y)}; for numbers to predict: --loss mean_squared_error"
            )
        if samples.class_names and found > len(samples.class_names):
            raise ValueError(f"class_names has {len(samples.class_names)} names; the labels go up to {found - 1}")
        return max(classes, 2)
    if y.ndim == 1:
        return 1
    return int(np.prod(y.shape[1:]))


def _check_classes(loss: Loss, y: np.ndarray[Any, Any]) -> None:
    if len(np.unique(y)) < 2:
        raise ValueError(
            f"classification needs samples of at least 2 classes; all samples have the same label, {y.flat[0]}"
        )
    if y.min() < 0:
        raise ValueError(
            f"the labels go from {y.min()} to {y.max()}: classes are counted from 0{_renumbering_advice(y)}; for "
            "numbers to predict: --loss mean_squared_error"
        )
    if isinstance(loss, BinaryCrossEntropy) and y.max() > 1:
        text = f"{loss.name} is for the classes 0 and 1; the labels go up to {y.max()}. Try: --loss cross_entropy"
        raise ValueError(text + (_renumbering_advice(y) if len(np.unique(y)) == 2 else ""))


def _renumbering_advice(y: Array) -> str:
    """Return advice on how to count labels from 0; "" if there are more than 20 different labels."""
    found = np.unique(y).tolist()
    return f"; to count these from 0: --class-names {' '.join(map(str, found))}" if len(found) <= 20 else ""


def describe_samples(samples: SampleFile, loss: Loss, *, is_guess: bool = False) -> str:
    """Return one line that describes the data: number of samples, features, targets, loss.

    If ``is_guess`` is True, the loss was guessed, and the line also says which option chooses another one.
    """
    x, y = samples.train.x, samples.train.y
    assert y is not None
    size = f"{x.shape[1]} features" if x.ndim == 2 else f"images {' x '.join(map(str, x.shape[1:]))}"
    size = ", ".join([size, *samples.changes])
    if is_classes(loss, y):
        classes = max(2, count_outputs(loss, samples))
        meaning = f"{classes} classes" + (f" ({list_names(samples.class_names)})" if samples.class_names else "")
        meaning += _unused_classes(classes, samples) + _similar_names(samples.class_names)
    else:
        numbers = f"{y[0].size} number{'s' * (y[0].size > 1)}"
        meaning = "numbers to predict" if y.ndim == 1 else f"{numbers} to predict for each"
    parts = [
        f"{len(x):,} samples" + (f" and {len(samples.test.x):,} to test with" if samples.test else ""),
        size,
        f"target{'' if samples.target is None else f' {samples.target!r}'}: {meaning}",
        f"loss {loss.name}{_other_loss_option(loss, samples) if is_guess else ''}",
    ]
    return "; ".join(parts)


def _unused_classes(classes: int, samples: SampleFile) -> str:
    """Return a note about classes without training samples, such as 0 if labels count from 1; "" if there are none."""
    y = samples.train.y
    assert y is not None
    unused = np.setdiff1d(np.arange(classes), y).tolist()
    if not unused:
        return ""
    to_train = "" if samples.test is None else " to train on"
    if samples.class_names:
        return f", no sample{to_train} is of {list_names([samples.class_names[number] for number in unused])}"
    found = np.unique(np.concatenate([part.y for part in _parts(samples)]))
    numbering = _renumbering_advice(found) if len(found) < classes else ""
    return f" from 0 to {classes - 1}, no sample{to_train} is of {list_names(list(map(str, unused)))}{numbering}"


def _similar_names(names: tuple[str, ...]) -> str:
    """Return a note about names of classes that differ only in capitals and spaces; "" if there are none."""
    by_letters: dict[str, list[str]] = {}
    for name in names:
        by_letters.setdefault(" ".join(name.casefold().split()), []).append(name)
    alike = [" and ".join(map(repr, same)) for same in by_letters.values() if len(same) > 1]
    return f", {list_names(alike)} are different classes: write one name for both if they are one" if alike else ""


def _other_loss_option(loss: Loss, samples: SampleFile) -> str:
    """Return the option for another loss, if targets could be classes or numbers to predict; otherwise ""."""
    y = samples.train.y
    assert y is not None
    if isinstance(loss, CrossEntropy):
        return "" if samples.class_names else " (for numbers to predict: --loss mean_squared_error)"
    if not is_whole(y):
        return ""
    is_binary = y.size > len(y) and bool(np.isin(y, (0, 1)).all())
    if is_binary:
        return " (for yes-or-no answers: --loss binary_cross_entropy)"
    return " (for classes: --loss cross_entropy)" if y.size == len(y) else ""


def is_classes(loss: Loss, y: Array) -> bool:
    """Return whether targets are classes: integers (N,), with a loss for classes."""
    return isinstance(loss, CrossEntropy | BinaryCrossEntropy) and y.ndim == 1 and y.dtype.kind in "iu"
