"""Fashion-MNIST: found on the computer or downloaded, and checked by its digests in both cases."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError
from .dataset import Dataset
from .download import download as download_file
from .folders import cache_of, folders_of, may_download
from .idx import read_idx
from .sources import SOURCES

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "fashion-mnist"
SOURCE = SOURCES[FOLDER]
MIRRORS = SOURCE.mirrors
SHAPES = ((60000, 28, 28), (60000,), (10000, 28, 28), (10000,))
FILES = {file.name: (shape, file.sha256) for file, shape in zip(SOURCE.files, SHAPES, strict=True)}
"""The shape of each file, and the digest of its unpacked bytes."""


def fashion_mnist(data_dir: str | os.PathLike[str] | None = None, download: bool = True) -> Dataset:
    """Load Fashion-MNIST, 70,000 grey images of 28 x 28 pixels in ten classes of clothing.

    The four files are searched in the folders that `find_fashion_mnist` lists. If they are not found, they are
    downloaded into the cache, about 30 MB. Their digests are checked at each load. A damaged file in the cache is
    downloaded again.

    Parameters
    ----------
    data_dir : path, optional
        The only folder to search. Nothing is downloaded into it; `download_fashion_mnist` does that.
    download : bool
        Whether the files may be downloaded; the environment variable ``NNFS_OFFLINE=1`` forbids it too.

    Returns
    -------
    Dataset
        ``x`` of shape (60000, 1, 28, 28) and (10000, 1, 28, 28), float32 in [0, 1]; ``y`` int64, 0 to 9.

    Raises
    ------
    FileNotFoundError
        When the files are not found and may not be downloaded; the message lists the folders and how to get the files.
    OSError
        When the download fails, or a file cannot be read.
    FormatError
        For a file that is not the published one; `ChecksumError` if only its digest differs.
    ValueError
        When ``NNFS_DATA_DIR`` names no folder.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
    Algorithms. 2017. https://arxiv.org/abs/1708.07747
    """
    online = download and may_download(data_dir)
    folder = find_fashion_mnist(data_dir)
    if folder is None:
        if not online:
            raise FileNotFoundError(_not_found(data_dir, download))
        folder = download_fashion_mnist()
    try:
        arrays = _read_all(folder)
    except FormatError:
        if not online or folder != cache_of(FOLDER):
            raise
        arrays = _read_all(download_fashion_mnist())
    return Dataset(
        name=FOLDER,
        x_train=_scaled(arrays[0]),
        y_train=arrays[1].astype(np.int64),
        x_test=_scaled(arrays[2]),
        y_test=arrays[3].astype(np.int64),
        class_names=SOURCE.class_names,
        source=SOURCE.source,
        licence=SOURCE.licence,
    )


def find_fashion_mnist(data_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder that holds the four files of Fashion-MNIST, or None; the network is not used.

    With ``data_dir``, that folder and its subfolder ``fashion-mnist`` are searched. Without it, these are searched in
    order: the folder of the environment variable ``NNFS_DATA_DIR`` and its subfolder ``fashion-mnist``;
    ``datasets/fashion-mnist`` in each folder of ``XDG_DATA_DIRS`` (default ``/usr/local/share:/usr/share``, where
    Debian's package dataset-fashion-mnist puts them); ``nnfs/fashion-mnist`` in ``XDG_CACHE_HOME`` (default
    ``~/.cache``). Each file may be plain or ``.gz``. The contents are not checked.

    Raises
    ------
    ValueError
        When ``NNFS_DATA_DIR`` names no folder.
    """
    for folder in folders_of(FOLDER, data_dir):
        if all(_find_file(folder, name) for name in FILES):
            return folder
    return None


def missing_files(data_dir: str | os.PathLike[str] | None = None) -> str:
    """Return a text that names the missing files of the first folder with one to three of the four; "" for none."""
    for folder in folders_of(FOLDER, data_dir):
        missing = [name for name in FILES if not _find_file(folder, name)]
        if 0 < len(missing) < len(FILES):
            return f"{folder} has no {', '.join(missing)}"
    return ""


def download_fashion_mnist(
    mirrors: tuple[str, ...] = MIRRORS,
    schemes: tuple[str, ...] = ("https",),
    *,
    data_dir: str | os.PathLike[str] | None = None,
) -> Path:
    """Download the missing files of the four into ``data_dir``, or into the cache, and return the folder.

    Damaged files in the cache are replaced. In ``data_dir`` no file is replaced.

    Parameters
    ----------
    mirrors : tuple of str
        The addresses of folders with the four ``.gz`` files, tried in this order.
    schemes : tuple of str
        The URL schemes allowed.
    data_dir : path, optional
        The folder, which is made if it is missing.

    Raises
    ------
    OSError, FormatError
        When no mirror sends a file; the message names each address, its failure, and how to get the files by hand.
    """
    folder = folders_of(FOLDER, data_dir)[0] if data_dir else cache_of(FOLDER)
    if folder is None:
        raise OSError(f"Fashion-MNIST: there is no home folder to keep a download in. {_by_hand()}")
    for name in FILES:
        present = _find_file(folder, name)
        if present is None or (not data_dir and not _is_whole(present, name)):
            target = _download(folder, name, mirrors, schemes)
            if present is not None and present != target:
                present.unlink(missing_ok=True)
    return folder


def _download(folder: Path, name: str, mirrors: tuple[str, ...], schemes: tuple[str, ...]) -> Path:
    target = folder / f"{name}.gz"
    unpacked = math.prod(FILES[name][0])
    try:
        download_file(
            [f"{mirror}{name}.gz" for mirror in mirrors],
            str(target),
            verify=lambda path: _read(path, name),
            # gzip makes a file longer than its contents by at most a few bytes in a thousand.
            max_bytes=unpacked + unpacked // 100 + 1024,
            schemes=schemes,
        )
    except (OSError, FormatError) as error:
        text = f"{error}. {_by_hand()}"
        raise (error.reworded(text) if isinstance(error, FormatError) else OSError(text)) from error
    return target


def _is_whole(path: Path, name: str) -> bool:
    try:
        _read(path, name)
    except FormatError:
        return False
    return True


def _read_all(folder: Path) -> list[Array]:
    arrays = []
    for name in FILES:
        path = _find_file(folder, name) or folder / f"{name}.gz"
        try:
            arrays.append(_read(path, name))
        except FormatError as error:
            raise error.reworded(f"{error}. This is not the published file: delete it. {_by_hand()}") from error
    return arrays


def _read(path: str | os.PathLike[str], name: str) -> Array:
    shape, sha256 = FILES[name]
    return read_idx(path, shape=shape, dtype="u1", sha256=sha256)


def _scaled(images: Array) -> Array:
    """Return bytes (N, 28, 28) as float32 (N, 1, 28, 28) in [0, 1]."""
    return np.divide(images[:, None], 255, dtype=np.float32)


def _find_file(folder: Path, name: str) -> Path | None:
    for path in (folder / name, folder / f"{name}.gz"):
        if os.path.isfile(path):
            return path
    return None


def _not_found(data_dir: str | os.PathLike[str] | None, download: bool) -> str:
    import shlex

    if data_dir and may_download():
        command = f"nnfs data fetch {FOLDER} --data-dir {shlex.quote(str(data_dir))}"
        reason = f"a folder that is named is the only one looked in; to download into it: {command}"
    elif not download:
        reason = "download=False"
    else:
        reason = f"NNFS_OFFLINE is {os.environ['NNFS_OFFLINE']!r}"
    looked = ", ".join(str(folder) for folder in folders_of(FOLDER, data_dir))
    missing = missing_files(data_dir)
    return (
        f"Fashion-MNIST was not found in {looked}{f' ({missing})' if missing else ''}, and not downloaded ({reason}). "
        f"{_by_hand()}"
    )


def _by_hand() -> str:
    return (
        "By hand: `apt-get install dataset-fashion-mnist` on Debian or Ubuntu, or download "
        f"{{train,t10k}}-{{images-idx3,labels-idx1}}-ubyte.gz from {' or '.join(MIRRORS)} "
        f"into {cache_of(FOLDER) or 'a folder'}, or into a folder named by data_dir or NNFS_DATA_DIR"
    )
