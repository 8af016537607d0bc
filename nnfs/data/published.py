"""Published data sets whose files are compared as they are published: found, downloaded, checked and read.

Fashion-MNIST is read by `nnfs.data.fashion_mnist`, because packages of it are compressed differently.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ChecksumError, FormatError
from ..system.files import open_regular
from .dataset import Dataset
from .download import download as download_file
from .folders import cache_of, folders_of, may_download
from .sources import SOURCES, SourceFile

if TYPE_CHECKING:
    from pathlib import Path


def load_published(name: str, data_dir: str | os.PathLike[str] | None = None, download: bool = True) -> Dataset:
    """Load a published data set: from the computer, or else downloaded into the cache.

    The digests of its files are checked at each load.

    Parameters
    ----------
    name : str
        One of `PUBLISHED`.
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
        One of `PUBLISHED`.
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
