"""Reading images from a folder with one subfolder for each class."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._kernels.interface import Array
from ..arguments.arrays import as_float_dtype
from ..arguments.shapes import Shape
from ..errors import FormatError
from ..system.memory import check_unpacked
from .image_file import SUFFIXES, read_image
from .samples import SCALED, SampleFile, Samples, list_names, number_classes

TRAIN, TEST, VALIDATION = ("train", "training"), ("test", "testing"), ("val", "valid", "validation")
"""The names of folders for the parts of a data set; upper and lower case are equal."""


def read_image_folder(
    path: str | os.PathLike[str],
    *,
    class_names: tuple[str, ...] = (),
    size: tuple[int, int] | None = None,
    grey: bool | None = None,
    dtype: DTypeLike = "float32",
) -> SampleFile:
    """Read the PNG, PGM, PPM and JPEG images of a folder; needs Pillow: ``pip install "nnfs-cython[images]"``.

    Each subfolder holds the images of one class, and its name is the name of the class. Or there are two subfolders
    ``train`` and ``test``, each with a subfolder for each class. ``val``, ``valid`` or ``validation`` is used as the
    test part if there is no ``test``, and is left out otherwise. A folder that holds only images gives samples without
    labels. Names that begin with a dot are ignored, and files that are no images are left out. All images must have one
    size, and be all grey or all in colour, unless ``size`` and ``grey`` are given.
    Images are rotated upright by their EXIF data.

    Parameters
    ----------
    path : path
        A folder.
    class_names : tuple of str
        The names that the classes must have; () takes those of the folders.
    size : (int, int) or None
        The rows and columns to which all images are resized.
    grey : bool or None
        Whether all images are read in grey, or in colour.
    dtype : "float32" or "float64"
        The dtype of x.

    Returns
    -------
    SampleFile
        ``x`` of shape (N, 1, H, W) or (N, 3, H, W) in [0, 1], in the order of the file names; ``y`` int64.
        ``changes`` lists in words which images were rotated and which folder was used for what.

    Raises
    ------
    FormatError
        For a file that is no whole image, or that differs from the first image in size or colours; the message names
        the file.
    UnsupportedError
        For images with transparency, palettes, or colours of more than 8 bits, and when Pillow is not installed.
    OSError
        For files that cannot be read.
    """
    floats = as_float_dtype(dtype)
    folder = os.fspath(path)
    parts, told = _parts(folder)
    found = [_labelled_files(part) for part in parts]
    paths = [name for names, _, _ in found for name in names]
    images, about, largest = _read_images(paths, floats, size, grey)
    changes = (about[0], *told, *about[1:], *_of_strays([stray for _, _, strays in found for stray in strays]))
    labels = [labels for _, labels, _ in found if labels is not None]
    if labels and len(labels) < len(parts):
        text = f"got classes in one of {' and '.join(map(os.path.basename, parts))} alone"
        raise FormatError(text).in_file(folder)
    # File names may hold bytes that are no text; these could not be printed.
    inside = tuple(os.fsencode(os.path.relpath(name, folder)).decode(errors="replace") for name in paths)
    if not labels:
        return SampleFile(Samples(images, files=inside), changes=changes, pixels_divided_by=largest)
    try:
        numbers, classes = number_classes([label for part in labels for label in part], class_names)
    except FormatError as error:
        raise error.in_file(folder) from None
    y, count = np.array(numbers, np.int64), len(labels[0])
    test = Samples(images[count:], y[count:], files=inside[count:]) if len(parts) > 1 else None
    train = Samples(images[:count], y[:count], files=inside[:count])
    return SampleFile(train, test, classes, changes=changes, pixels_divided_by=largest)


def read_one_image(
    path: str,
    *,
    class_names: tuple[str, ...] = (),
    size: tuple[int, int] | None = None,
    grey: bool | None = None,
    dtype: DTypeLike = "float32",
) -> SampleFile:
    """Read one image as a sample without a label; arguments are those of `read_image_folder`."""
    images, about, largest = _read_images([path], as_float_dtype(dtype), size, grey)
    name = os.fsencode(os.path.basename(path)).decode(errors="replace")
    samples = Samples(images, files=(name,))
    return SampleFile(samples, None, class_names, changes=about, pixels_divided_by=largest)


def _entries(folder: str) -> tuple[list[str], list[str], list[str]]:
    """Return the paths of images, subfolders and other files in a folder, each in the order of their names."""
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)
    folders = [entry.path for entry in found if entry.is_dir()]
    files = [entry.path for entry in found if not entry.is_dir()]
    images = [path for path in files if path.lower().endswith(SUFFIXES)]
    return images, folders, [path for path in files if path not in set(images)]


def _of_strays(strays: list[str]) -> tuple[str, ...]:
    """Return the sentence that counts the files which are no images; () if there are none."""
    shown = list_names([os.fsencode(os.path.basename(stray)).decode(errors="replace") for stray in strays[:3]])
    more = ", ..." * (len(strays) > 3)
    return (f"files that are no PNG, PGM, PPM or JPEG ({len(strays):,}: {shown}{more}) are left out",) if strays else ()


def _parts(folder: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the folders of training and test part, or the folder itself, and sentences for `SampleFile.changes`."""
    files, folders, _ = _entries(folder)
    names = {os.path.basename(name).lower(): name for name in folders}
    if files or not names or not set(names) <= {*TRAIN, *TEST, *VALIDATION}:
        return [folder], ()
    train, test, validation = ([names[name] for name in kind if name in names] for kind in (TRAIN, TEST, VALIDATION))
    if len(train) != 1 or max(len(test), len(validation)) > 1 or not (test or validation):
        got = ", ".join(map(os.path.basename, folders))
        raise FormatError(
            f"got the parts {got}, wanted train, and test, val, valid or validation; for a part alone, give its own "
            f"folder, such as {folders[0]}"
        ).in_file(folder)
    if not test:
        return train + validation, (f"{os.path.basename(validation[0])} is taken for the part to test with",)
    told = tuple(f"{os.path.basename(name)} is left out: give {name} as the validation data" for name in validation)
    return train + test, told


def _labelled_files(folder: str) -> tuple[list[str], list[str] | None, list[str]]:
    """Return the images of a folder, the name of the class of each, or None without classes, and other files."""
    files, folders, strays = _entries(folder)
    if bool(files) == bool(folders):
        got = f"{os.path.basename(files[0])!r} beside folders" if files else "an empty folder"
        raise FormatError(f"got {got}, wanted one folder of images for each class, or images alone").in_file(folder)
    if files:
        return files, None, strays
    labelled = []
    for name in folders:
        inside, further, others = _entries(name)
        strays += others
        if further or not inside:
            got = f"the folder {os.path.basename(further[0])!r} in it" if further else "an empty folder"
            text = f"got {got}, wanted images of one class"
            if further:
                text += "; folders of parts are called train and test, val, valid or validation"
            raise FormatError(text).in_file(name)
        labelled += [(path, os.path.basename(name)) for path in inside]
    return [path for path, _ in labelled], [label for _, label in labelled], strays


def _read_images(
    paths: list[str], dtype: np.dtype[Any], wanted: tuple[int, int] | None, grey: bool | None
) -> tuple[Array, tuple[str, ...], int]:
    """Return the images (N, C, H, W) of files in [0, 1], sentences on what was changed, and the divisor."""
    held = sum(map(os.path.getsize, paths))
    first: Shape | None = None

    def check(channels: int, rows: int, columns: int) -> None:
        nonlocal first
        if wanted is not None:
            rows, columns = wanted
        if grey is not None:
            channels = 1 if grey else 3
        size = channels * rows * columns
        if first is None:  # all images, and twice the pixels of one while it is decompressed
            check_unpacked(size * (len(paths) * dtype.itemsize + 2), held, f"{len(paths):,} images of {size:,} pixels")
            first = channels, rows, columns
        elif size != math.prod(first):  # rows and columns may be swapped by a rotation
            raise FormatError(_differing((channels, rows, columns), first, paths[0]))

    images, rotated, changed, largest = np.empty(0, dtype), 0, 0, 255
    for index, path in enumerate(paths):
        pixels, is_rotated, is_changed = read_image(path, check, wanted, grey)
        if not index:
            images, largest = np.empty((len(paths), *pixels.shape), dtype), int(np.iinfo(pixels.dtype).max)
        if pixels.shape != images.shape[1:]:
            raise FormatError(_differing(pixels.shape, images.shape[1:], paths[0])).in_file(path)
        if np.iinfo(pixels.dtype).max != largest:
            bits = 8 * pixels.itemsize
            text = f"got {bits} bits a pixel, wanted {24 - bits}, as {paths[0]} has: save all images with 8 bits"
            raise FormatError(text).in_file(path)
        np.divide(pixels, largest, out=images[index], dtype=dtype)
        rotated, changed = rotated + is_rotated, changed + is_changed
    about: tuple[str, ...] = (SCALED if largest == 255 else f"pixels 0..{largest} (uint16) are read as 0..1",)
    if rotated:
        about += (f"{rotated:,} of {len(paths):,} images are rotated as their EXIF data say",)
    if changed:
        about += (f"{changed:,} of {len(paths):,} images are brought to {_size(*images.shape[1:])}",)
    return images, about, largest


def _differing(got: Shape, wanted: Shape, first: str) -> str:
    """Return the message for an image whose shape (C, H, W) differs from that of the first file, with the fix."""
    is_colour = got[0] != wanted[0]
    fix = "--grey, or --colour" if is_colour else f"--size {wanted[2]}x{wanted[1]}"
    python = f"grey={wanted[0] == 1}" if is_colour else f"size='{wanted[2]}x{wanted[1]}'"
    return f"got {_size(*got)}, wanted {_size(*wanted)}, as {first} has. Try: {fix}, in Python {python}"


def _size(channels: int, rows: int, columns: int) -> str:
    return f"{columns} x {rows} pixels in {'grey' if channels == 1 else 'colour'}"
