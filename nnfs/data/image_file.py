"""Reading one image file, rotated upright by its EXIF data, in grey or in colour."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._kernels.interface import Array
from ..errors import FormatError, UnsupportedError, naming
from ..system.files import open_regular

SUFFIXES = (".png", ".pgm", ".ppm", ".jpg", ".jpeg")
FORMATS = ("PNG", "PPM", "JPEG")
MODES = {"1": "L", "L": "L", "RGB": "RGB"}
CONVERTED = ("P", "CMYK")
"""Modes that are read where the user says whether images are grey or in colour."""
GREY_16 = "I;16"
LARGEST_IMAGE = 2**26
"""The largest number of pixels of an image: a small file can decompress to any number."""
ORIENTATION = 0x0112
"""The EXIF tag of the orientation of an image."""
TRANSPOSES = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""For each EXIF orientation: Pillow's name of the transposition that makes the image upright.

Source: EXIF 2.32, section 4.6.4 A.
"""


class ImageFile(NamedTuple):
    """Hold the pixels (C, H, W) of an image, and whether they were rotated by its EXIF data, or resized or recoloured.

    Pixels are uint8, or uint16 for a grey image of 16 bits.
    """

    pixels: Array
    is_rotated: bool
    is_changed: bool


def read_image(
    path: str, check: Callable[[int, int, int], None], size: tuple[int, int] | None = None, grey: bool | None = None
) -> ImageFile:
    """Read a PNG, PGM, PPM or JPEG image, and rotate it upright by its EXIF data.

    It is brought to ``size``, its rows and columns, and to ``grey`` or colour, where these are given.

    ``check(channels, rows, columns)`` is called before memory is allocated for the pixels. Rows and columns are those
    of the file, before the rotation. ``check`` may raise FormatError.

    Raises
    ------
    FormatError
        For a file that is no whole image; the message names the file.
    UnsupportedError
        For images with transparency, palettes, or colours of more than 8 bits, and when Pillow is not installed.
    OSError
        For a file that cannot be read.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        text = 'images need Pillow, which is not installed: pip install "nnfs-cython[images]"'
        raise UnsupportedError(text).in_file(path) from error
    if not path.lower().endswith(SUFFIXES):
        text = f"got another file, wanted images: {', '.join(SUFFIXES)}; move it out of the folder"
        raise FormatError(text).in_file(path)
    with naming(path), open_regular(path) as file, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=FORMATS) as image:
                if image.width * image.height > LARGEST_IMAGE:
                    raise FormatError(f"got {image.width} x {image.height} pixels, wanted at most {LARGEST_IMAGE:,}")
                _check_colours(image, grey)
                mode = GREY_16 if _is_grey_16(image) else MODES.get(image.mode, "RGB")
                check(3 if mode == "RGB" else 1, image.height, image.width)
                image.load()  # some files have their EXIF data after the pixels
                transpose = TRANSPOSES.get(_orientation(image))
                upright = image if transpose is None else image.transpose(Image.Transpose[transpose])
                wanted = mode if grey is None or (grey and mode == GREY_16) else "L" if grey else "RGB"
                if mode == GREY_16 != wanted:
                    raise UnsupportedError("got grey pixels of 16 bits, which have no colours: leave --colour out")
                whole = upright if mode == GREY_16 else upright.convert(wanted)
                resized = whole if size in (None, whole.size[::-1]) else whole.resize(size[::-1], Image.Resampling.BOX)
                is_changed = resized is not whole or wanted != mode
                pixels = np.asarray(resized, np.uint16 if mode == GREY_16 else np.uint8)
        except (FormatError, UnsupportedError, MemoryError):
            raise
        except UnidentifiedImageError as error:  # its text shows Python's object for the file
            raise FormatError(
                "is no PNG, PGM, PPM or JPEG image, or is damaged; save it anew, or move it out of the folder"
            ) from error
        except Exception as error:  # decoders raise errors of many types
            raise FormatError(f"is no whole PNG, PGM, PPM or JPEG image: {error}") from error
    return ImageFile(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1), transpose is not None, is_changed)


def _is_grey_16(image: Any) -> bool:
    """Return whether a PNG or PGM image is grey with 16 bits; Pillow scales the pixels of a PGM to 0 to 65535."""
    return image.mode.startswith(GREY_16) or (image.mode == "I" and image.format == "PPM")


def _check_colours(image: Any, grey: bool | None) -> None:
    wanted = "wanted grey or RGB of 8 bits a colour"
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise UnsupportedError(f"got an animation of {image.n_frames} pictures, wanted one; save one, or move it away")
    if _is_grey_16(image) and "transparency" not in image.info:
        return
    # Pillow cuts colours of 16 bits to 8 in silence; only the names of its decoders tell the depth.
    unpacking = [part for tile in image.tile for part in np.atleast_1d(np.array(tile[3], dtype=object))]
    is_deep = any(";16" in str(part) or (isinstance(part, int) and part > 255) for part in unpacking)
    if is_deep or image.mode[0] in "IF":
        raise UnsupportedError(
            f"got an image of mode {image.mode}{' with 16 bits a colour' * (image.mode in MODES)}, {wanted}: "
            "bring its values to 0..255, and save it with 8 bits"
        )
    if "transparency" in image.info:  # convert("RGB") would ignore it in silence
        raise UnsupportedError(
            f"got an image of mode {image.mode} with transparency, {wanted}: save "
            f'image.convert("RGBA").convert("{"L" if MODES.get(image.mode) == "L" else "RGB"}") of Pillow'
        )
    if image.mode in CONVERTED and grey is not None:
        return
    if image.mode not in MODES:
        choice = ", or choose --colour or --grey, in Python grey=False or True" * (image.mode in CONVERTED)
        raise UnsupportedError(
            f'got an image of mode {image.mode}, {wanted}: save image.convert("RGB") of Pillow{choice}'
        )


def _orientation(image: Any) -> int:
    """Return the EXIF orientation of an image, 1 to 8; 1 (upright) if there is none, or the data are damaged."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # the pixels are whole, and viewers ignore damaged EXIF data
        return 1
