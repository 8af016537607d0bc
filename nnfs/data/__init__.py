"""Data sets, generated, coming with nnfs or downloaded; readers of your own files and tables; and a loader."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .dataset import Dataset as Dataset
from .digits import digits as digits
from .fashion_mnist import download_fashion_mnist as download_fashion_mnist
from .fashion_mnist import fashion_mnist as fashion_mnist
from .fashion_mnist import find_fashion_mnist as find_fashion_mnist
from .generated import linear_large as linear_large
from .generated import linear_small as linear_small
from .generated import moons as moons
from .idx import read_idx as read_idx
from .loader import Loader as Loader
from .own_files import read as read
from .published import download_published as download_published
from .published import find_published as find_published
from .published import load_published as load_published
from .samples import SampleFile as SampleFile
from .samples import Samples as Samples
from .sources import PUBLISHED
from .sources import SOURCES as SOURCES
from .standardizer import Standardizer as Standardizer

DATASETS: dict[str, Callable[..., Dataset]] = {
    "linear-small": linear_small,
    "linear-large": linear_large,
    "moons": moons,
    "digits": digits,
    "fashion-mnist": fashion_mnist,
    **{name: partial(load_published, name) for name in PUBLISHED},
}
"""The function that makes each data set, by the names that `load` takes."""


def load(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : str
        linear-small, linear-large, moons, digits, fashion-mnist, mnist, kmnist or cifar-10.
    **options
        Arguments of the function of the data set, such as ``seed=1`` or ``data_dir="..."``.

    Raises
    ------
    ValueError
        For any other name.
    TypeError
        For an option that the data set does not have.
    """
    if not isinstance(name, str) or name not in DATASETS:
        raise ValueError(f"got the data set name {name!r}, wanted one of {', '.join(DATASETS)}")
    return DATASETS[name](**options)
