"""Reading one image, upright and in the colours that it has, or an error that says what to do with it."""

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
LARGEST_IMAGE = 2**26
"""The most pixels of an image: a small file can unpack to any number of them."""
ORIENTATION = 0x0112
"""The tag of EXIF data that says how an image is turned."""
TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""What makes an image upright (EXIF 2.32, section 4.6.4 A), as Pillow calls it."""


class ImageFile(NamedTuple):
    """Hold the pixels (C, H, W) of an image, uint8, and whether its EXIF data turned it."""

    pixels: Array
    is_turned: bool


def read_image(path: str, check: Callable[[int, int, int], None]) -> ImageFile:
    """Return a PNG, PGM, PPM or JPEG image, upright.

    ``check(channels, rows, columns)`` is called before memory is taken for the pixels; rows and columns are those of
    the file, before the image is turned. It may raise FormatError.

    Raises
    ------
    FormatError
        For a file that is no whole image, naming it.
    UnsupportedError
        For images with transparency, palettes or more than 8 bits a colour; where Pillow is missing.
    OSError
        For a file that cannot be read.
    """
    try:
        from PIL import Image
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
                _check_colours(image)
                mode = MODES[image.mode]
                check(len(mode), image.height, image.width)
                image.load()  # some files have their EXIF data behind the pixels
                turn = TURNS.get(_orientation(image))
                upright = image if turn is None else image.transpose(Image.Transpose[turn])
                pixels = np.asarray(upright.convert(mode))
        except (FormatError, UnsupportedError, MemoryError):
            raise
        except Exception as error:  # whatever a decoder stumbles over
            raise FormatError(f"is no whole PNG, PGM, PPM or JPEG image: {error}") from error
    return ImageFile(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1), turn is not None)


def _check_colours(image: Any) -> None:
    wanted = "wanted grey or RGB of 8 bits a colour"
    # Pillow cuts colours of 16 bits to 8 in silence; how it will unpack the pixels tells.
    unpacking = [part for tile in image.tile for part in np.atleast_1d(np.array(tile[3], dtype=object))]
    is_deep = any(";16" in str(part) or (isinstance(part, int) and part > 255) for part in unpacking)
    if is_deep or image.mode[0] in "IF":
        raise UnsupportedError(
            f"got an image of mode {image.mode}{' with 16 bits a colour' * (image.mode in MODES)}, {wanted}: "
            "bring its values to 0..255, and save it with 8 bits"
        )
    if "transparency" in image.info:  # which convert("RGB") alone would keep
        raise UnsupportedError(
            f"got an image of mode {image.mode} with transparency, {wanted}: save "
            f'image.convert("RGBA").convert("{"L" if MODES.get(image.mode) == "L" else "RGB"}") of Pillow'
        )
    if image.mode not in MODES:
        raise UnsupportedError(f'got an image of mode {image.mode}, {wanted}: save image.convert("RGB") of Pillow')


def _orientation(image: Any) -> int:
    """Return how the EXIF data of an image say that it is turned, 1 to 8; 1 where they do not, or are damaged."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # the pixels are whole: viewers show such an image as it is
        return 1
