"""Which data a task is trained on."""

from __future__ import annotations

import os

from ..data import Dataset, Standardizer, find_fashion_mnist
from ..data import load as load_dataset
from .tasks import Task

IMAGES = ("fashion-mnist", "digits")
"""The data sets that serve the convolutional rows."""

HOW_TO_GET = "apt-get install dataset-fashion-mnist, or nnfs reproduce --dataset fashion-mnist, which downloads 30 MB"


def choose_dataset(wanted: str, data_dir: str | os.PathLike[str] | None = None) -> str:
    """Return the name of the data set of images to use: ``wanted``, or for "auto" Fashion-MNIST where it is found.

    Raises ValueError for an unknown name, and for a folder given beside the digits, which need none.
    """
    if wanted not in ("auto", *IMAGES):
        raise ValueError(f"unknown data set {wanted!r}; the names are auto, {', '.join(IMAGES)}")
    if wanted == "digits" and data_dir is not None:
        raise ValueError("a data folder is for Fashion-MNIST; the digits come with nnfs")
    # A folder that was named and does not hold the files is an error, not a reason to take something else.
    if wanted == "auto":
        return "fashion-mnist" if data_dir is not None or find_fashion_mnist() else "digits"
    return wanted


def load(task: Task, images: Dataset | None, seed: int) -> Dataset:
    """Return the data of a task: ``images`` for a convolutional one, else points drawn from ``seed``.

    For linear-large x and y are standardized by the training part, so the loss is in units of the standard
    deviation of y, squared.
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
