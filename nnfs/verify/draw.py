"""The random numbers of one case: a geometry, then arrays, all from one seed.

The seed alone decides: what kind of window (`FORMS`), what kind of numbers (`KINDS`), how many images (`IMAGES`), and
all that is random in them. The lengths of the three lists have no common divisor, so that the first 140 seeds
meet every combination once.
"""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array, Window
from ..arguments.shapes import place_window

FORMS = ("point", "kernel is image", "stride over kernel", "primes", "asymmetric", "depthwise", "deep")
KINDS = ("normal", "whole", "special", "subnormal")
IMAGES = (2, 1, 0, 5, 9)
PRIMES = (2, 3, 5, 7, 11, 13, 17)
DEEP = (12, 16, 17, 24, 32)
"""Channels and filters: Winograd's way wants vectors that are nearly full."""
AROUND_VECTORS = (2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33)
"""Channels that leave vectors full, or nearly full, or nearly empty."""
HUGE = 2**31 - 1
"""The largest step that a layer takes."""


class Draw:
    """Draw the geometry and the arrays of one case.

    Parameters
    ----------
    name : str
        What is checked; it has its own numbers.
    seed : int
        From 0; decides everything.
    dtype : float32 or float64
        Type of the arrays. Geometry does not depend on it, and numbers are rounded from the same float64.
    """

    def __init__(self, name: str, seed: int, dtype: type[np.floating]) -> None:
        self.dtype = np.dtype(dtype)
        self.rng = np.random.default_rng([seed, *name.encode()])
        self.form = FORMS[seed % len(FORMS)]
        self.kind = KINDS[seed % len(KINDS)]
        self.images = IMAGES[seed % len(IMAGES)]
        # Winograd's way, which float32 takes for many channels, rounds even whole numbers, and lets what is not finite
        # reach all outputs of a tile.
        self.rounds_everything = self.form == "deep"
        if self.rounds_everything:
            self.kind = "normal"

    @property
    def is_exact(self) -> bool:
        """Whether sums of products are exact: of whole numbers so small that none is rounded."""
        return self.kind == "whole"

    @property
    def is_smooth(self) -> bool:
        """Whether the numbers are fit for finite differences."""
        return self.kind in ("normal", "whole")

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def pair(self, low: int, high: int) -> tuple[int, int]:
        """Return two of them."""
        return self.integer(low, high), self.integer(low, high)

    def sides(self, most: int) -> tuple[int, int, int, int]:
        """Return a border: half of the time one pixel all around, else up to ``most``, another one on each side."""
        if self.rng.random() < 0.5:
            return 1, 1, 1, 1
        return *self.pair(0, most), *self.pair(0, most)

    def slope(self) -> float:
        """Return a slope of ReLU: products with it are exact."""
        return (0.0, 0.25, 1.0)[self.integer(0, 2)]

    def plain(self, *shape: int) -> Array:
        """Return finite numbers of middling size, whole ones where the case is exact."""
        numbers = self.rng.integers(-3, 4, shape) if self.is_exact else self.rng.standard_normal(shape)
        return numbers.astype(self.dtype)

    def numbers(self, *shape: int) -> Array:
        """Return numbers of the case's kind: ties, NaN, infinities, subnormals."""
        numbers = self.plain(*shape)
        tiny = np.finfo(self.dtype).tiny
        if self.kind == "special":
            odd = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, 1, tiny, tiny / 8], self.dtype)
            return np.where(self.rng.random(shape) < 0.1, self.rng.choice(odd, shape), numbers)
        return numbers * tiny if self.kind == "subnormal" else numbers

    def unset(self, *shape: int) -> Array:
        """Return what an output holds before the kernel writes it: an element that is left out shows."""
        return np.full(shape, np.nan, self.dtype)

    def unset_places(self, *shape: int) -> Array:
        """Return the same for an array of places."""
        return np.full(shape, -7, np.int32)

    def channels(self) -> tuple[int, int, int]:
        """Return the number of groups, and of channels and filters in each."""
        if self.form == "depthwise":
            return AROUND_VECTORS[self.integer(0, 10)], 1, self.integer(1, 3)
        if self.form == "deep":
            return 1, DEEP[self.integer(0, 4)], DEEP[self.integer(0, 4)]
        if self.form == "primes":
            return 1, self.integer(4, 9), self.integer(9, 17)
        return self.integer(1, 2), self.integer(1, 3), self.integer(1, 9)

    def window(self) -> tuple[tuple[int, int], Window, tuple[int, int]]:
        """Return the size of an image, a window of the case's form, and the size of the output."""
        stride = dilation = (1, 1)
        padding = (0, 0, 0, 0)
        size = self.pair(1, 17)
        if self.form == "point":
            size = kernel = (1, 1)
            stride, padding = self.pair(1, 2), self.sides(2)
        elif self.form == "kernel is image":
            size = kernel = self.pair(1, 7)
        elif self.form == "stride over kernel":
            kernel, stride = self.pair(1, 2), self.pair(3, 30)
            size, padding = self.pair(2, 17), self.sides(40)
        elif self.form == "primes":
            size = PRIMES[self.integer(0, 6)], PRIMES[self.integer(0, 6)]
            kernel = PRIMES[self.integer(0, 2)], PRIMES[self.integer(0, 2)]
            padding = (2, 2, 2, 2)
        elif self.form == "asymmetric":
            kernel, stride, dilation, padding = self.pair(1, 4), self.pair(1, 3), self.pair(1, 3), self.sides(9)
            if self.rng.random() < 0.3:  # most cells lie far outside the image
                kernel, dilation = (kernel[0], 3), (self.integer(18, 30), HUGE)
                padding = *self.sides(30)[:2], HUGE, HUGE
        elif self.form == "depthwise":
            kernel, stride, padding = self.pair(1, 3), self.pair(1, 2), self.sides(3)
            if self.rng.random() < 0.5:  # wide and flat, so that a few rows make a strip, and some lie in the border
                size, padding = (self.integer(1, 4), self.integer(60, 130)), (self.integer(0, 30), *self.sides(9)[:3])
        else:
            size, kernel, padding = self.pair(9, 18), (3, 3), self.sides(4)
        rows, columns = (
            max(size[axis], (kernel[axis] - 1) * dilation[axis] + 1 - padding[2 * axis] - padding[2 * axis + 1])
            for axis in (0, 1)
        )
        window, output_size = place_window((rows, columns), kernel, stride, padding, dilation)
        return (rows, columns), window, output_size

    def pool(self, size: tuple[int, int]) -> tuple[Window, tuple[int, int]]:
        """Return a pooling window that fits an image, and the size of its output."""
        if min(size) >= 2 and self.rng.random() < 0.5:
            return place_window(size, (2, 2), (2, 2), (0, 0, 0, 0))
        if self.rng.random() < 0.3:
            return place_window(size, (self.integer(1, 40), HUGE), self.pair(1, 20), "same")
        kernel = self.integer(1, min(3, size[0])), self.integer(1, min(3, size[1]))
        before, after = self.integer(0, kernel[0] // 2), self.integer(0, kernel[1] // 2)
        return place_window(size, kernel, self.pair(1, 3), (before, 0, 0, after))
