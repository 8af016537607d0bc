"""The sources of published data sets in one table, with the size and the digest of each file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._kernels.interface import Array
from .idx import read_idx

if TYPE_CHECKING:
    from pathlib import Path


class SourceFile(NamedTuple):
    """Hold the name, the number of bytes and the SHA-256 of a published file.

    Of a file that mirrors pack differently, size and digest are those of the unpacked bytes, and the name is without
    the ending ``.gz``; ``is_unpacked`` tells it.
    """

    name: str
    size: int
    sha256: str
    is_unpacked: bool = False


class Source(NamedTuple):
    """Hold where a data set comes from: its files, the addresses of their folders, and what is to be said of it.

    ``read`` turns the paths of the files into images (N, C, H, W) of uint8 and labels: of the training part, then of
    the test part; those of unpacked files need their digests beside them, and are read by `nnfs.data.fashion_mnist`.
    """

    files: tuple[SourceFile, ...]
    mirrors: tuple[str, ...]
    class_names: tuple[str, ...]
    source: str
    licence: str
    read: Callable[[list[Path]], list[Array]]


def _read_idx(paths: list[Path]) -> list[Array]:
    arrays = [read_idx(path, dtype="u1") for path in paths]
    return [array[:, None] if array.ndim == 3 else array for array in arrays]


def _read_cifar(paths: list[Path]) -> list[Array]:
    """Return the arrays of the binary version: each record is a label and 3 x 32 x 32 bytes."""
    import tarfile  # here, and hashlib below, since most programs load no such data set

    records = []
    with tarfile.open(paths[0], "r:gz") as archive:
        for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
            member = archive.extractfile(f"cifar-10-batches-bin/{name}.bin")
            assert member is not None
            records.append(np.frombuffer(member.read(), np.uint8).reshape(-1, 1 + 3 * 32 * 32))
    train, test = np.concatenate(records[:5]), records[5]
    return [part for rows in (train, test) for part in (rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0])]


def _idx_files(*facts: tuple[int, str], is_unpacked: bool = False) -> tuple[SourceFile, ...]:
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    ending = "-ubyte" if is_unpacked else "-ubyte.gz"
    return tuple(SourceFile(f"{name}{ending}", *fact, is_unpacked) for name, fact in zip(names, facts, strict=True))


SOURCES = {
    "fashion-mnist": Source(
        _idx_files(
            (47040016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            (60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            (7840016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            (10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
            is_unpacked=True,
        ),
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        ),
        ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        "Zalando Research: Fashion-MNIST, 2017. https://github.com/zalandoresearch/fashion-mnist",
        "MIT, Copyright (c) 2017 Zalando SE, https://tech.zalando.com",
        _read_idx,
    ),
    "mnist": Source(
        _idx_files(
            (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        tuple("0123456789"),
        "Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits, 1998",
        "CC BY-SA 3.0",
        _read_idx,
    ),
    "kmnist": Source(
        _idx_files(
            (18165135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            (29497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            (3041136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            (5120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ),
        ("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        "T. Clanuwat et al.: Deep Learning for Classical Japanese Literature, 2018. https://arxiv.org/abs/1812.01718",
        "CC BY-SA 4.0, ROIS-DS Center for Open Data in the Humanities",
        _read_idx,
    ),
    "cifar-10": Source(
        (
            SourceFile(
                "cifar-10-binary.tar.gz",
                170052171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        "A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009",
        "none stated; the author asks to be cited",
        _read_cifar,
    ),
}
"""The sources of published data sets, by the names that `nnfs.data.load` takes."""
PUBLISHED = tuple(name for name, source in SOURCES.items() if not any(file.is_unpacked for file in source.files))
"""The data sets whose files are compared as they are published, which `load_published` takes."""
