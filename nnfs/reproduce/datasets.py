"""The data that a task is trained on."""

from __future__ import annotations

import os

from ..data import Dataset, Standardizer, find_fashion_mnist
from ..data import load as load_dataset
from .tasks import Task

IMAGES = ("fashion-mnist", "digits")
"""The data sets of images, on which the convolutional networks are trained."""

HOW_TO_GET = "apt-get install dataset-fashion-mnist, or nnfs reproduce --dataset fashion-mnist, which downloads 30 MB"


def choose_dataset(wanted: str, data_dir: str | os.PathLike[str] | None = None) -> str:
    """Return the name of the data set of images to use.

    It is ``wanted``; for "auto" it is "fashion-mnist" if its files are found or ``data_dir`` is given, otherwise
    "digits". Raises ValueError for an unknown name, or if ``data_dir`` is given with "digits".
    """
    if wanted not in ("auto", *IMAGES):
        raise ValueError(f"unknown data set {wanted!r}; the names are auto, {', '.join(IMAGES)}")
    if wanted == "digits" and data_dir is not None:
        raise ValueError("a data folder is for Fashion-MNIST; the digits come with nnfs")
    # If the named folder lacks the files, loading must fail; the digits would be other data than the user wants.
    if wanted == "auto":
        return "fashion-mnist" if data_dir is not None or find_fashion_mnist() else "digits"
    return wanted


def load(task: Task, images: Dataset | None, seed: int) -> Dataset:
    """Return the data of a task: ``images`` for a convolutional task, otherwise points drawn from ``seed``.

    For linear-large, x and y are standardized with mean and standard deviation of the training part. Its mean squared
    error is therefore in units of the variance of y.
    """
    if task.takes_images:
        assert images is not None
        return images
    data = load_dataset(task.name, seed=seed)
    if task.name != "linear-large":
        return data
    x, y = Standardizer.fit(data.x_train), Standardizer.fit(data.y_train)
    return data._replace(
        x_train=x.transform(data.x_train),
        y_train=y.transform(data.y_train),
        x_test=x.transform(data.x_test),
        y_test=y.transform(data.y_test),
    )
