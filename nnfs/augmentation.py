"""Augmentation: random changes of the training images, drawn again for each batch.

``fit(..., augment=[Flip(), Shift(2)])`` calls each augmentation with images (N, C, H, W) and a random generator. It
returns new images of equal shape and dtype, and does not modify the given ones. A function of your own is called with
these two arguments, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._kernels import kernels
from ._kernels.interface import Array
from .arguments.attributes import Fixed
from .arguments.explained import Explained
from .arguments.hyperparameters import as_flag, as_number
from .arguments.shapes import as_integer, check_size
from .errors import DTypeError, ShapeError
from .system.floating_point import quietly


class Augmentation(Explained, Fixed):
    """Base of all augmentations: a random function of images.

    An augmentation of your own defines ``change(x, rng)``.
    """

    @quietly
    def __call__(self, x: Array, rng: np.random.Generator) -> Array:
        """Return changed images, a new array, for images x (N, C, H, W) of float32 or float64; x is not modified.

        Raises ShapeError for an array that has not four axes.
        """
        if x.ndim != 4:
            raise ShapeError(f"{type(self).__name__} changes images (N, C, H, W), got an array {x.shape}")
        return self.change(x, rng)

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        """Return changed images, a new array, for images x (N, C, H, W), whose shape was checked; do not modify x."""
        raise NotImplementedError(f"{type(self).__name__} changes nothing; write def change(self, x, rng)")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Flip(Augmentation):
    """Mirror each image with probability 1/2, left to right, top to bottom, or both independently.

    Parameters
    ----------
    horizontal : bool
        Whether to mirror left to right.
    vertical : bool
        Whether to mirror top to bottom.
    """

    def __init__(self, horizontal: bool = True, vertical: bool = False) -> None:
        self.horizontal, self.vertical = as_flag(horizontal, "Flip: horizontal"), as_flag(vertical, "Flip: vertical")

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        y = x.copy()
        if self.horizontal:
            chosen = rng.random(len(x)) < 0.5
            y[chosen] = y[chosen, :, :, ::-1]
        if self.vertical:
            chosen = rng.random(len(x)) < 0.5
            y[chosen] = y[chosen, :, ::-1]
        return y


class Shift(Augmentation):
    """Move each image by a random number of rows and columns; new pixels at the border are 0.

    Parameters
    ----------
    pixels : int
        The largest move in each direction, >= 0.
    """

    def __init__(self, pixels: int) -> None:
        self.pixels = as_integer(pixels, "Shift: pixels", minimum=0)

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        return _random_windows(x, self.pixels, "constant", rng)


class Crop(Augmentation):
    """Pad each image on all sides, and cut an image of the old size out of it at a random position.

    Parameters
    ----------
    padding : int
        Pixels on each side, >= 0.
    mode : str
        How the padding is filled: "reflect", "edge", "symmetric", "wrap" or "constant" (0), as in `numpy.pad`.
    """

    def __init__(self, padding: int, *, mode: str = "reflect") -> None:
        self.padding = as_integer(padding, "Crop: padding", minimum=0)
        if mode not in ("reflect", "edge", "symmetric", "wrap", "constant"):
            raise ValueError(f"Crop: mode must be reflect, edge, symmetric, wrap or constant, got {mode!r}")
        self.mode = mode

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        return _random_windows(x, self.padding, self.mode, rng)


class Rotation(Augmentation):
    """Rotate each image about its centre with bilinear interpolation; new pixels at the corners are 0.

    Parameters
    ----------
    degrees : float
        Angles are drawn uniformly from -degrees to degrees, 0 <= degrees <= 180. Positive angles are counter-clockwise.
    """

    def __init__(self, degrees: float) -> None:
        self.degrees = as_number(degrees, "Rotation: degrees", minimum=0, maximum=180)

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        _check_floats(x, self)
        angles = rng.uniform(-self.degrees, self.degrees, len(x)) * (math.pi / 180)
        x = np.ascontiguousarray(x)
        y = np.empty_like(x)
        kernels.rotate2d(x, np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype), y=y)
        return y


class Cutout(Augmentation):
    """Set a random square of each image to 0, so that a network does not rely on a single part of the image.

    Source: DeVries and Taylor, Improved Regularization of Convolutional Neural Networks with Cutout, 2017.

    Parameters
    ----------
    size : int
        The side of the square in pixels, >= 1. Its centre is any pixel, so that a part may lie outside the image.
    """

    def __init__(self, size: int) -> None:
        self.size = as_integer(size, "Cutout: size")

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        kept = [
            ~((pixels >= first[:, None]) & (pixels < first[:, None] + self.size))
            for pixels in map(np.arange, x.shape[2:])
            for first in [rng.integers(0, len(pixels), len(x)) - self.size // 2]
        ]
        return np.where(kept[0][:, None, :, None] | kept[1][:, None, None, :], x, x.dtype.type(0))


class Noise(Augmentation):
    """Add normally distributed noise to every number.

    Parameters
    ----------
    deviation : float
        The standard deviation of the noise, >= 0.
    """

    def __init__(self, deviation: float) -> None:
        self.deviation = as_number(deviation, "Noise: deviation", minimum=0)

    @quietly
    def __call__(self, x: Array, rng: np.random.Generator) -> Array:
        """Return x plus noise, a new array, for x of float32 or float64 and any shape; x is not modified."""
        _check_floats(x, self)
        x = np.ascontiguousarray(x)
        y = np.empty_like(x)
        key = int(rng.integers(2**64, dtype=np.uint64))
        kernels.add_noise(x, key, self.deviation, y=y)
        return y


def _check_floats(x: Array, augmentation: Augmentation) -> None:
    if x.dtype not in (np.float32, np.float64):
        name = type(augmentation).__name__
        raise DTypeError(f"{name} takes images of float32 or float64, got {x.dtype}: x.astype('float32')")


def _random_windows(x: Array, padding: int, mode: Any, rng: np.random.Generator) -> Array:
    """Pad the images x (N, C, H, W) by ``padding`` pixels, and cut (H, W) out of each at a random position."""
    height, width = x.shape[2:]
    shape = (*x.shape[:2], height + 2 * padding, width + 2 * padding)
    check_size(shape, f"images with {padding} pixels around them, of shape", x.itemsize)
    rows, columns = rng.integers(0, 2 * padding + 1, (2, len(x)))
    if mode == "constant":
        # This equals np.pad, and takes a third of its time for a batch of small images.
        padded = np.zeros(shape, x.dtype)
        padded[:, :, padding : padding + height, padding : padding + width] = x
    else:
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode)
    windows = np.lib.stride_tricks.sliding_window_view(padded, x.shape[2:], axis=(2, 3))
    return windows[np.arange(len(x)), :, rows, columns]
