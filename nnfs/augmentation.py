"""Augmentation: other pictures of the same things, made anew for each batch.

Each is called with images (N, C, H, W), which it does not modify, and a generator, and returns new ones of the same
shape and type: ``fit(..., augment=[Flip(), Shift(2)])``. A function of your own is called in the same way.
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
    """What every augmentation is: a random function of images."""

    @quietly
    def __call__(self, x: Array, rng: np.random.Generator) -> Array:
        """Return new images for x (N, C, H, W)."""
        if x.ndim != 4:
            raise ShapeError(f"{type(self).__name__} changes images (N, C, H, W), got an array {x.shape}")
        return self.change(x, rng)

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        """Return new images for x (N, C, H, W), whose shape was checked."""
        raise NotImplementedError(f"{type(self).__name__} changes nothing")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Flip(Augmentation):
    """Mirror each image with probability 1/2: left and right, and above and below.

    Parameters
    ----------
    horizontal, vertical : bool
        Which of the two.
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
    """Move each image by up to so many pixels in each direction; what comes in is 0.

    Parameters
    ----------
    pixels : int
        The longest way, >= 0.
    """

    def __init__(self, pixels: int) -> None:
        self.pixels = as_integer(pixels, "Shift: pixels", minimum=0)

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        return _random_windows(x, self.pixels, "constant", rng)


class Crop(Augmentation):
    """Pad each image, and cut one of its size out of it at random.

    Parameters
    ----------
    padding : int
        Pixels on each side, >= 0.
    mode : str
        What they are: "reflect", "edge", "symmetric", "wrap" or "constant" (0), as in `numpy.pad`.
    """

    def __init__(self, padding: int, *, mode: str = "reflect") -> None:
        self.padding = as_integer(padding, "Crop: padding", minimum=0)
        if mode not in ("reflect", "edge", "symmetric", "wrap", "constant"):
            raise ValueError(f"Crop: mode must be reflect, edge, symmetric, wrap or constant, got {mode!r}")
        self.mode = mode

    def change(self, x: Array, rng: np.random.Generator) -> Array:
        return _random_windows(x, self.padding, self.mode, rng)


class Rotation(Augmentation):
    """Turn each image about its centre, by bilinear interpolation; what comes in is 0.

    Parameters
    ----------
    degrees : float
        Angles are drawn evenly from -degrees to degrees, counter-clockwise.
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
    """Set a square of each image to 0, so that no single part of it decides (DeVries and Taylor, 2017).

    Parameters
    ----------
    size : int
        Its side in pixels; its centre is any pixel, so that part of it may lie outside.
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
        Its standard deviation, >= 0.
    """

    def __init__(self, deviation: float) -> None:
        self.deviation = as_number(deviation, "Noise: deviation", minimum=0)

    @quietly
    def __call__(self, x: Array, rng: np.random.Generator) -> Array:
        """Return a new array for x of any shape."""
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
    """Cut each image of x (N, C, H, W) out of its padded self, at a place of its own."""
    height, width = x.shape[2:]
    shape = (*x.shape[:2], height + 2 * padding, width + 2 * padding)
    check_size(shape, f"images with {padding} pixels around them, of shape", x.itemsize)
    rows, columns = rng.integers(0, 2 * padding + 1, (2, len(x)))
    if mode == "constant":
        # As np.pad does, in a third of its time for a batch of small images.
        padded = np.zeros(shape, x.dtype)
        padded[:, :, padding : padding + height, padding : padding + width] = x
    else:
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode)
    windows = np.lib.stride_tricks.sliding_window_view(padded, x.shape[2:], axis=(2, 3))
    return windows[np.arange(len(x)), :, rows, columns]
