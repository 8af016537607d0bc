"""Reading a user's own data in any of the supported forms: .npz, .csv, .tsv, or a folder of images."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from numpy.typing import DTypeLike

from ..errors import UnsupportedError
from ..network.preprocessing import Preprocessing
from .csv_table import read_csv
from .image_file import SUFFIXES
from .image_folder import read_image_folder
from .npz import read_npz
from .samples import SampleFile


def read(
    path: str | os.PathLike[str],
    *,
    target: str | int | None = None,
    sample_weight: str | None = None,
    class_names: tuple[str, ...] = (),
    features: int | None = None,
    columns: tuple[str, ...] = (),
    missing: str | None = None,
    drop: Sequence[str] = (),
    preprocessing: Preprocessing | None = None,
    needs_labels: bool = True,
    may_drop: bool = True,
    dtype: DTypeLike = "float32",
) -> SampleFile:
    """Read samples from a ``.npz`` file, a ``.csv`` or ``.tsv`` file, or a folder of images by class.

    Parameters
    ----------
    path : path
        The file or folder; its contents are described at `read_npz`, `read_csv` and `read_image_folder`.
    target, sample_weight, features, columns, missing, drop, preprocessing, needs_labels, may_drop
        Arguments of `read_csv`, for tables only.
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
    name = os.fspath(path)
    suffix = os.path.splitext(name)[1].lower()
    if suffix in (".csv", ".tsv"):
        return read_csv(
            name,
            target=target,
            sample_weight=sample_weight,
            class_names=class_names,
            features=features,
            columns=columns,
            missing=missing,
            drop=tuple(drop),
            preprocessing=preprocessing,
            needs_labels=needs_labels,
            may_drop=may_drop,
            dtype=dtype,
        )
    if target is not None or sample_weight is not None or missing is not None or drop:
        raise ValueError(
            f"{name}: target, sample_weight, missing and drop are for columns, which only .csv and .tsv files have"
        )
    if os.path.isdir(name):
        return read_image_folder(name, class_names=class_names, dtype=dtype)
    if suffix == ".npz":
        return read_npz(name, class_names=class_names, dtype=dtype)
    os.stat(name)  # raises FileNotFoundError for a file that does not exist
    if suffix in SUFFIXES:
        # Not beside the image: in a folder of one class, another folder would be an error.
        folder = shlex.quote(os.path.splitext(os.path.basename(name))[0])
        line = f"mkdir {folder} && cp {shlex.quote(name)} {folder}"
        text = f"got one image, wanted a folder of images. Try: {line}, and then {folder} in its place"
        raise UnsupportedError(text).in_file(name)
    raise UnsupportedError(f"got {suffix or 'no suffix'}, wanted .npz, .csv, .tsv or a folder").in_file(name)
