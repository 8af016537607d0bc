"""Reading images from a folder with one subfolder for each class."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._kernels.interface import Array
from ..arrays import as_float_dtype
from ..errors import FormatError, UnsupportedError, naming
from ..files import open_regular
from .samples import SCALED, SampleFile, Samples, number_classes

SUFFIXES = (".png", ".pgm", ".ppm", ".jpg", ".jpeg")
FORMATS = ("PNG", "PPM", "JPEG")
MODES = {"1": "L", "L": "L", "RGB": "RGB"}
LARGEST_IMAGE = 2**26
"""The most pixels of an image: a small file can unpack to any number of them."""


def read_image_folder(
    path: str | os.PathLike[str], *, class_names: tuple[str, ...] = (), dtype: DTypeLike = "float32"
) -> SampleFile:
    """Read the PNG, PGM, PPM and JPEG images of a folder; needs Pillow: ``pip install "nnfs-cython[images]"``.

    Each subfolder is a class of its name, or there are two subfolders ``train`` and ``test`` with the classes in each.
    A folder of images alone gives samples without labels. Names that begin with a dot are passed over. All images must
    have the same size, and be grey or all in colour.

    Parameters
    ----------
    path : path
        A folder.
    class_names : tuple of str
        The names that the classes must have.
    dtype : "float32" or "float64"
        The type of x.

    Returns
    -------
    SampleFile
        ``x`` of shape (N, 1, H, W) or (N, 3, H, W) in [0, 1], in the order of the files' names; ``y`` int64.

    Raises
    ------
    FormatError
        For a file that is no whole image, or differs from the first in size or colours, naming it; for other files.
    UnsupportedError
        For images with transparency, palettes or more than 8 bits a colour; where Pillow is missing.
    OSError
        For files that cannot be read.
    """
    floats = as_float_dtype(dtype)
    folder = os.fspath(path)
    files, folders = _entries(folder)
    parts = [folder]
    if sorted(map(os.path.basename, folders)) == ["test", "train"] and not files:
        parts = [os.path.join(folder, "train"), os.path.join(folder, "test")]
    found = [_labelled_files(part) for part in parts]
    paths = [name for names, _ in found for name in names]
    images = _read_images(paths, floats)
    labels = [labels for _, labels in found if labels is not None]
    if labels and len(labels) < len(parts):
        raise FormatError(f"{folder}: got classes in one of train and test alone", path=folder)
    # Names of bytes that are no text could not be printed.
    inside = tuple(os.fsencode(os.path.relpath(name, folder)).decode(errors="replace") for name in paths)
    if not labels:
        return SampleFile(Samples(images, files=inside), changes=(SCALED,), pixels_divided_by=255)
    try:
        numbers, names = number_classes([label for part in labels for label in part], class_names)
    except FormatError as error:
        raise error.reworded(f"{folder}: {error}", path=folder) from None
    y, size = np.array(numbers, np.int64), len(labels[0])
    test = Samples(images[size:], y[size:], files=inside[size:]) if len(parts) > 1 else None
    train = Samples(images[:size], y[:size], files=inside[:size])
    return SampleFile(train, test, names, changes=(SCALED,), pixels_divided_by=255)


def _entries(folder: str) -> tuple[list[str], list[str]]:
    """Return the paths of the files and of the folders in a folder, in the order of their names."""
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)
    return [entry.path for entry in found if not entry.is_dir()], [entry.path for entry in found if entry.is_dir()]


def _labelled_files(folder: str) -> tuple[list[str], list[str] | None]:
    """Return the images of a folder, and the class of each where there are classes."""
    files, folders = _entries(folder)
    if bool(files) == bool(folders):
        raise FormatError(
            f"{folder}: got {len(files)} files and {len(folders)} folders, wanted one folder of images for each "
            "class, or images alone",
            path=folder,
        )
    if files:
        return files, None
    labelled = []
    for name in folders:
        inside, further = _entries(name)
        if further or not inside:
            text = f"{name}: got {len(inside)} files and {len(further)} folders, wanted images of one class"
            raise FormatError(text, path=name)
        labelled += [(path, os.path.basename(name)) for path in inside]
    return [path for path, _ in labelled], [label for _, label in labelled]


def _read_images(paths: list[str], dtype: np.dtype[Any]) -> Array:
    first = _read_image(paths[0])
    images = np.empty((len(paths), *first.shape), dtype)
    for index, path in enumerate(paths):
        pixels = _read_image(path)
        if pixels.shape != first.shape:
            raise FormatError(
                f"{path}: got {_size(pixels)}, wanted {_size(first)}, as {paths[0]} has",
                path=path,
                got=pixels.shape,
                wanted=first.shape,
            )
        np.divide(pixels, 255, out=images[index], dtype=dtype)
    return images


def _read_image(path: str) -> Array:
    """Return the pixels (C, H, W) of a file, uint8."""
    try:
        from PIL import Image
    except ImportError as error:
        text = f'{path}: images need Pillow, which is not installed: pip install "nnfs-cython[images]"'
        raise UnsupportedError(text, path=path) from error
    if not path.lower().endswith(SUFFIXES):
        raise FormatError(f"{path}: got another file, wanted images: {', '.join(SUFFIXES)}", path=path)
    with naming(path), open_regular(path) as file, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=FORMATS) as image:
                if image.width * image.height > LARGEST_IMAGE:
                    raise FormatError(f"got {image.width} x {image.height} pixels, wanted at most {LARGEST_IMAGE:,}")
                if image.mode not in MODES or "transparency" in image.info:
                    raise UnsupportedError(f"got an image of mode {image.mode}, wanted grey or RGB of 8 bits a colour")
                pixels = np.asarray(image.convert(MODES[image.mode]))
        except (FormatError, UnsupportedError, MemoryError):
            raise
        except Exception as error:  # whatever a decoder stumbles over
            raise FormatError(f"is no whole PNG, PGM, PPM or JPEG image: {error}") from error
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _size(pixels: Array) -> str:
    channels, rows, columns = pixels.shape
    return f"{columns} x {rows} pixels in {'grey' if channels == 1 else 'colour'}"
