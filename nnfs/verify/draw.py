"""The random arguments of one case: first a geometry, then arrays, all from one seed.

The seed chooses the form of the window (`FORMS`), the kind of numbers (`KINDS`) and the number of images (`IMAGES`),
and everything random in them. The lengths of the three lists have no common divisor, so that the first 140 seeds have
each combination once.
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
"""Numbers of channels and filters for which Winograd's algorithm is used: they nearly fill vectors."""
AROUND_VECTORS = (2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33)
"""Numbers of channels that leave the last vector full, nearly full, or nearly empty."""
HUGE = 2**31 - 1
"""The largest stride and dilation that a layer accepts."""


class Draw:
    """A source of random geometries and arrays for one case.

    Parameters
    ----------
    name : str
        The kernel. Different kernels get different numbers from one seed.
    seed : int
        From 0; decides everything that is random.
    dtype : float32 or float64
        The type of the arrays. The geometry does not depend on it, and float32 numbers are the rounded float64 ones.
    """

    def __init__(self, name: str, seed: int, dtype: type[np.floating]) -> None:
        self.dtype = np.dtype(dtype)
        self.rng = np.random.default_rng([seed, *name.encode()])
        self.form = FORMS[seed % len(FORMS)]
        self.kind = KINDS[seed % len(KINDS)]
        self.images = IMAGES[seed % len(IMAGES)]
        # Winograd's algorithm, used in float32 for many channels, rounds even whole numbers, and spreads NaN and
        # infinity over all outputs of a tile.
        self.rounds_everything = self.form == "deep"
        if self.rounds_everything:
            self.kind = "normal"

    @property
    def is_exact(self) -> bool:
        """Whether the numbers are small whole numbers, so that sums of products are not rounded."""
        return self.kind == "whole"

    @property
    def is_smooth(self) -> bool:
        """Whether the numbers are suitable for finite differences: finite and not subnormal."""
        return self.kind in ("normal", "whole")

    def integer(self, low: int, high: int) -> int:
        """Return a random whole number from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def pair(self, low: int, high: int) -> tuple[int, int]:
        """Return two random whole numbers from ``low`` to ``high``, both included."""
        return self.integer(low, high), self.integer(low, high)

    def sides(self, most: int) -> tuple[int, int, int, int]:
        """Return padding (top, bottom, left, right): 1 on each side half of the time, else numbers up to ``most``."""
        if self.rng.random() < 0.5:
            return 1, 1, 1, 1
        return *self.pair(0, most), *self.pair(0, most)

    def slope(self) -> float:
        """Return a slope for leaky ReLU, 0, 0.25 or 1, with which products are exact."""
        return (0.0, 0.25, 1.0)[self.integer(0, 2)]

    def plain(self, *shape: int) -> Array:
        """Return finite random numbers: from -3 to 3 and whole if the case is exact, otherwise standard normal."""
        numbers = self.rng.integers(-3, 4, shape) if self.is_exact else self.rng.standard_normal(shape)
        return numbers.astype(self.dtype)

    def numbers(self, *shape: int) -> Array:
        """Return random numbers of the case's kind: normal, whole, subnormal, or with NaN and infinities among them."""
        numbers = self.plain(*shape)
        tiny = np.finfo(self.dtype).tiny
        if self.kind == "special":
            odd = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, 1, tiny, tiny / 8], self.dtype)
            return np.where(self.rng.random(shape) < 0.1, self.rng.choice(odd, shape), numbers)
        return numbers * tiny if self.kind == "subnormal" else numbers

    def unset(self, *shape: int) -> Array:
        """Return an array of NaN for an output: an element that the kernel does not write stays NaN."""
        return np.full(shape, np.nan, self.dtype)

    def unset_indices(self, *shape: int) -> Array:
        """Return an array of -7 for an output of indices: an element that the kernel does not write stays -7."""
        return np.full(shape, -7, np.int32)

    def channels(self) -> tuple[int, int, int]:
        """Return the number of groups, the channels of each group, and the filters of each group."""
        if self.form == "depthwise":
            return AROUND_VECTORS[self.integer(0, 10)], 1, self.integer(1, 3)
        if self.form == "deep":
            return 1, DEEP[self.integer(0, 4)], DEEP[self.integer(0, 4)]
        if self.form == "primes":
            return 1, self.integer(4, 9), self.integer(9, 17)
        if self.form == "point" and self.rng.random() < 0.5:  # many enough for a product by panels, either way
            return self.integer(1, 2), *self.pair(1, 40)
        return self.integer(1, 2), self.integer(1, 3), self.integer(1, 9)

    def window(self) -> tuple[tuple[int, int], Window, tuple[int, int]]:
        """Return the size (H, W) of an image, a window of the case's form, and the size (P, Q) of the output."""
        stride = dilation = (1, 1)
        padding = (0, 0, 0, 0)
        size = self.pair(1, 17)
        if self.form == "point":
            kernel = (1, 1)
            if self.rng.random() < 0.5:
                size, stride, padding = kernel, self.pair(1, 2), self.sides(2)
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
            if self.rng.random() < 0.3:  # most cells of the window lie far outside the image
                kernel, dilation = (kernel[0], 3), (self.integer(18, 30), HUGE)
                padding = *self.sides(30)[:2], HUGE, HUGE
        elif self.form == "depthwise":
            kernel, stride, padding = self.pair(1, 3), self.pair(1, 2), self.sides(3)
            if self.rng.random() < 0.5:  # wide and flat, so that a few rows make a strip, and some lie in the border
                size, padding = (self.integer(1, 4), self.integer(60, 130)), (self.integer(0, 30), *self.sides(9)[:3])
        else:
            size, kernel, padding = self.pair(9, 18), (3, 3), self.sides(4)
        if self.form in ("stride over kernel", "primes", "asymmetric") and self.rng.random() < 0.3:  # a signal
            size, kernel, stride, dilation = ((1, pair[1]) for pair in (size, kernel, stride, dilation))
            padding = (0, 0, *padding[2:])
        rows, columns = (
            max(size[axis], (kernel[axis] - 1) * dilation[axis] + 1 - padding[2 * axis] - padding[2 * axis + 1])
            for axis in (0, 1)
        )
        window, output_size = place_window((rows, columns), kernel, stride, padding, dilation)
        return (rows, columns), window, output_size

    def pool(self, size: tuple[int, int]) -> tuple[Window, tuple[int, int]]:
        """Return a pooling window that fits an image of ``size`` (H, W), and the size (P, Q) of its output."""
        if min(size) >= 2 and self.rng.random() < 0.5:
            return place_window(size, (2, 2), (2, 2), (0, 0, 0, 0))
        if self.rng.random() < 0.3:
            return place_window(size, (self.integer(1, 40), HUGE), self.pair(1, 20), "same")
        kernel = self.integer(1, min(3, size[0])), self.integer(1, min(3, size[1]))
        before, after = self.integer(0, kernel[0] // 2), self.integer(0, kernel[1] // 2)
        return place_window(size, kernel, self.pair(1, 3), (before, 0, 0, after))
