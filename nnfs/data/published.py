"""Published data sets: one table of sources, with the size and the digest of each file as its authors publish it.

Fashion-MNIST stands in `nnfs.data.fashion_mnist`, because packages of it are compressed differently.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..errors import ChecksumError, FormatError
from ..system.files import open_regular
from .dataset import Dataset
from .download import download as download_file
from .folders import cache_of, folders_of, may_download
from .idx import read_idx

if TYPE_CHECKING:
    from pathlib import Path


class SourceFile(NamedTuple):
    """Hold the name, the number of bytes and the SHA-256 of a published file."""

    name: str
    size: int
    sha256: str


class Source(NamedTuple):
    """Hold where a data set comes from: its files, the addresses of their folders, and what is to be said of it.

    ``read`` turns the paths of the files into images (N, C, H, W) of uint8 and labels: of the training part, then of
    the test part.
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


def _idx_files(*facts: tuple[int, str]) -> tuple[SourceFile, ...]:
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    return tuple(SourceFile(f"{name}-ubyte.gz", *fact) for name, fact in zip(names, facts, strict=True))


SOURCES = {
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


def load_published(name: str, data_dir: str | os.PathLike[str] | None = None, download: bool = True) -> Dataset:
    """Load a published data set: from the computer, or else downloaded into the cache.

    The digests of its files are checked at each load.

    Parameters
    ----------
    name : str
        A key of `SOURCES`.
    data_dir : path, optional
        The only folder to search; nothing is downloaded into it.
    download : bool
        Whether files may be downloaded; the environment variable ``NNFS_OFFLINE=1`` forbids it too.

    Returns
    -------
    Dataset
        ``x`` in float32 from 0 to 1, ``y`` int64.

    Raises
    ------
    FileNotFoundError
        When the files are not found and may not be downloaded.
    OSError, FormatError
        When the download fails; for a file that is not the published one. Each message says what to do by hand.
    """
    source, folder = SOURCES[name], find_published(name, data_dir)
    if folder is None:
        if not download or not may_download(data_dir):
            looked = ", ".join(map(str, folders_of(name, data_dir)))
            raise FileNotFoundError(f"{name} was not found in {looked}, and not downloaded. {_by_hand(name)}")
        folder = download_published(name)
    paths = [folder / file.name for file in source.files]
    for path, file in zip(paths, source.files, strict=True):
        try:
            check_file(os.fspath(path), file)
        except FormatError as error:
            raise error.reworded(f"{error}. This is not the published file: delete it. {_by_hand(name)}") from error
    x_train, y_train, x_test, y_test = source.read(paths)
    return Dataset(
        name=name,
        x_train=np.divide(x_train, 255, dtype=np.float32),
        y_train=y_train.astype(np.int64),
        x_test=np.divide(x_test, 255, dtype=np.float32),
        y_test=y_test.astype(np.int64),
        class_names=source.class_names,
        source=source.source,
        licence=source.licence,
    )


def find_published(name: str, data_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the first folder that holds all files of a data set, or None; the network is not used."""
    found = (
        folder
        for folder in folders_of(name, data_dir)
        if all(os.path.isfile(folder / file.name) for file in SOURCES[name].files)
    )
    return next(found, None)


def download_published(
    name: str,
    mirrors: tuple[str, ...] = (),
    schemes: tuple[str, ...] = ("https",),
    *,
    data_dir: str | os.PathLike[str] | None = None,
    timeout: float = 30.0,
) -> Path:
    """Download the missing files of a data set into ``data_dir``, or into the cache, and return the folder.

    Parameters
    ----------
    name : str
        A key of `SOURCES`.
    mirrors : tuple of str
        The addresses of folders with the files, tried in this order; () for those of the table.
    schemes : tuple of str
        The URL schemes allowed.
    data_dir : path, optional
        The folder, which is made if it is missing. No file in it is replaced.
    timeout : float
        The longest pause of a mirror in seconds.

    Raises
    ------
    OSError, FormatError
        When no mirror sends a file; the message names each address, its failure, and what to do by hand.
    """
    source = SOURCES[name]
    folder = folders_of(name, data_dir)[0] if data_dir else cache_of(name)
    if folder is None:
        raise OSError(f"{name}: there is no home folder to keep a download in. {_by_hand(name)}")
    for file in source.files:
        if os.path.isfile(folder / file.name):
            continue
        try:
            download_file(
                [f"{mirror}{file.name}" for mirror in mirrors or source.mirrors],
                os.fspath(folder / file.name),
                verify=partial(check_file, file=file),
                max_bytes=file.size,
                timeout=timeout,
                schemes=schemes,
            )
        except (OSError, FormatError) as error:
            text = f"{error}. {_by_hand(name)}"
            raise (error.reworded(text) if isinstance(error, FormatError) else OSError(text)) from error
    return folder


def check_file(path: str, file: SourceFile) -> None:
    """Raise FormatError for a file of another size than the published one, and ChecksumError for another digest."""
    import hashlib

    with open_regular(path) as opened:
        size = os.fstat(opened.fileno()).st_size
        if size != file.size:
            raise FormatError(f"got {size:,} bytes, wanted {file.size:,}").in_file(path)
        digest = hashlib.sha256()
        while piece := opened.read(2**20):
            digest.update(piece)
        found = digest.hexdigest()
    if found != file.sha256:
        raise ChecksumError(f"got the SHA-256 {found}, wanted {file.sha256}").in_file(path)


def _by_hand(name: str) -> str:
    source = SOURCES[name]
    names = ", ".join(file.name for file in source.files)
    return (
        f"By hand: download {names} from {' or '.join(source.mirrors)} into {cache_of(name) or 'a folder'}, or into a "
        "folder named by data_dir or NNFS_DATA_DIR"
    )
