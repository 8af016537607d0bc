"""Reading a user's own data in any of the supported forms: .npz, .csv, .tsv, or a folder of images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from numpy.typing import DTypeLike

from ..arguments.frames import is_frame
from ..arguments.shapes import read_size
from ..errors import UnsupportedError
from ..network.preprocessing import Preprocessing, check_missing
from .csv_table import read_csv
from .frame_table import read_frame, read_parquet
from .image_file import SUFFIXES
from .image_folder import read_image_folder, read_one_image
from .npz import read_npz
from .samples import SampleFile


def read(
    path: Any,
    *,
    target: str | int | None = None,
    sample_weight: str | None = None,
    class_names: tuple[str, ...] = (),
    features: int | None = None,
    columns: tuple[str, ...] = (),
    missing: str | None = None,
    drop: Sequence[str] = (),
    preprocessing: Preprocessing | None = None,
    size: str | None = None,
    grey: bool | None = None,
    needs_labels: bool = True,
    may_drop: bool = True,
    dtype: DTypeLike = "float32",
) -> SampleFile:
    """Read samples from a table (DataFrame, ``.csv``, ``.tsv``, ``.parquet``), a ``.npz`` file, or a folder of images.

    Parameters
    ----------
    path : path, or DataFrame of pandas or polars, or Arrow table
        The file or folder; its contents are described at `read_npz`, `read_csv` and `read_image_folder`. A table in
        memory is read as one in a file.
    target, sample_weight, features, columns, missing, drop, preprocessing, needs_labels, may_drop
        Arguments of `read_csv`, for tables only.
    size : str or None
        The width and height to which images are resized, such as "32x32"; None for images that all have one size.
    grey : bool or None
        Whether images are read in grey, or in colour; None for those that are all grey or all in colour.
    class_names : tuple of str
        The names that the classes must have; () takes those that are found.
    dtype : "float32" or "float64"
        The dtype of x, and of numbers to predict.

    Returns
    -------
    SampleFile
        Samples to train on, perhaps samples to test with, names, and in ``changes`` what was changed on reading.

    Raises
    ------
    FormatError, UnsupportedError
        For data that are damaged, or of another form.
    ValueError
        For a column that does not exist, or a column of a file that is no table.
    OSError
        For a file or folder that cannot be read.
    """
    options: dict[str, Any] = {
        "target": target,
        "sample_weight": sample_weight,
        "class_names": class_names,
        "features": features,
        "columns": columns,
        "missing": missing,
        "drop": tuple(drop),
        "preprocessing": preprocessing,
        "needs_labels": needs_labels,
        "may_drop": may_drop,
        "dtype": dtype,
    }
    check_missing(missing)
    if is_frame(path):
        return read_frame(path, **options)
    name = os.fspath(path)
    suffix = os.path.splitext(name)[1].lower()
    if suffix in (".csv", ".tsv"):
        return read_csv(name, **options)
    if suffix == ".parquet":
        return read_parquet(name, **options)
    if target is not None or sample_weight is not None or missing is not None or drop:
        raise ValueError(f"{name}: target, sample_weight, missing and drop are for columns, which only tables have")
    shape = None if size is None else read_size(size)
    if os.path.isdir(name):
        return read_image_folder(name, class_names=class_names, size=shape, grey=grey, dtype=dtype)
    if suffix in SUFFIXES:
        return read_one_image(name, class_names=class_names, size=shape, grey=grey, dtype=dtype)
    if size is not None or grey is not None:
        raise ValueError(f"{name}: size and grey are for images, which only folders and image files have")
    if suffix == ".npz":
        return read_npz(name, class_names=class_names, dtype=dtype)
    os.stat(name)  # raises FileNotFoundError for a file that does not exist
    raise UnsupportedError(
        f"got {suffix or 'no suffix'}, wanted .npz, .csv, .tsv, .parquet, an image ({', '.join(SUFFIXES)}) or a folder"
    ).in_file(name)
