"""One call of a kernel: its arguments, what it must give, and how far off it may be.

What it must give is what the reference says in float64. A sum of K products, added in any order, is off by at most
K eps times the sum of the products' absolute values (N. J. Higham: Accuracy and Stability of Numerical Algorithms,
2002, section 3.1); the reference computes this sum too, from absolute values. Where nothing is rounded, the reference
is to be met exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .._kernels.interface import Array
from .._kernels.reference import kernels as reference
from .draw import Draw

Arrays = dict[str, Array]
RETURNED = "the returned value"
MARGIN = 17
"""Elements before and behind each array, which no kernel may touch; odd, so that nothing is aligned by luck."""
TILE_REACH = 3
"""How far apart the outputs of one Winograd tile are: where one is a sum of zeros, its error is its neighbours'."""
SLACK = 2
"""How many times the bound of Higham may be used up: once by the kernel, once by the reference."""


class Slope(NamedTuple):
    """Say what the derivative along a random direction is, by differences of the reference's forward kernel."""

    output: str
    direction: Array
    numeric: float
    allowed: float


@dataclass
class Case:
    """Hold one call.

    Attributes
    ----------
    name : str
        The kernel.
    draw : Draw
        Where the numbers come from.
    arguments : tuple
        What it reads.
    outputs : dict of arrays
        What it writes, as it is before the call.
    exact : dict of arrays
        What it must hold afterwards.
    allowed : dict of arrays
        How far each element may be off; none where a name is missing.
    """

    name: str
    draw: Draw
    arguments: tuple[Any, ...]
    outputs: Mapping[str, Array | None]
    exact: Arrays = field(default_factory=dict)
    allowed: dict[str, Any] = field(default_factory=dict)
    slopes: list[Slope] = field(default_factory=list)

    def __str__(self) -> str:
        texts = [_describe(argument) for argument in self.arguments]
        return f"{self.name}({', '.join(texts)}), {self.draw.kind} numbers"

    def expect_the_same(self) -> Case:
        """Expect what the reference gives in the case's own type: nothing is rounded, or in one order only."""
        self.exact = call(getattr(reference, self.name), self.arguments, self.outputs)
        return self

    def expect_wide(self) -> Case:
        """Expect what the reference gives in float64."""
        self.exact = call(getattr(reference, self.name), _widened(self.arguments), _widened_outputs(self.outputs))
        return self

    def expect_rounded(self, magnitudes: Sequence[Any], **terms: int) -> Case:
        """Expect sums of so many terms for each output, and no rounding in outputs that are not named.

        ``magnitudes`` are the arguments with absolute values in place of what the terms are products of.
        """
        self.expect_wide()
        starts = {name: None if start is None else abs(start) for name, start in _widened_outputs(self.outputs).items()}
        sizes = call(getattr(reference, self.name), _widened(magnitudes), starts)
        info = np.finfo(self.draw.dtype)
        if self.draw.rounds_everything and info.dtype == np.float32:
            sizes |= {
                name: _largest_around(size) for name, size in sizes.items() if name in ("y", "dx") and size.ndim == 4
            }
        for name, count in terms.items():
            if name in sizes:
                self.allowed[name] = SLACK * (count + 2) * (info.eps * sizes[name] + info.smallest_subnormal)
        return self

    def expect_sums(self, magnitudes: Sequence[Any], **terms: int) -> Case:
        """Expect the same of sums of products, and no rounding at all of whole numbers."""
        return self.expect_wide() if self.draw.is_exact else self.expect_rounded(magnitudes, **terms)

    def expect_slope(
        self,
        output: str,
        function: Callable[[Array], float],
        point: Array,
        *,
        step: float = 1.0,
        tolerance: float = 1e-10,
    ) -> Case:
        """Expect ``output`` to be the gradient of a function of a float64 array at ``point``.

        Most functions here are linear, and then differences are exact whatever the step; ``tolerance`` is relative to
        the size of the sums.
        """
        if self.draw.dtype != np.float64 or not self.draw.is_smooth or not point.size:
            return self
        direction = self.draw.rng.standard_normal(point.shape)
        above, below = function(point + step * direction), function(point - step * direction)
        size = np.vdot(abs(self.exact[output]), abs(direction)) + (abs(above) + abs(below)) / step
        self.slopes.append(Slope(output, direction, (above - below) / (2 * step), tolerance * (1 + size)))
        return self

    def check(self, results: Arrays) -> list[tuple[str, float]]:
        """Return each result's error as a share of what is allowed: above 1, or NaN, is wrong; the text says where."""
        shares = []
        for name, exact in self.exact.items():
            share, place = worst(results[name], exact, self.allowed.get(name, 0.0))
            if share > 1:
                name = f"{name}[{', '.join(map(str, place))}], {results[name][place]} instead of {exact[place]},"
            shares.append((name, share))
        for slope in self.slopes:
            start = self.outputs[slope.output]
            assert start is not None
            gradient = results[slope.output] - np.nan_to_num(start)
            error = abs(np.vdot(gradient, slope.direction) - slope.numeric)
            shares.append((f"{slope.output} against finite differences", float(error / slope.allowed)))
        return shares


def call(kernel: Callable[..., Any], arguments: Sequence[Any], outputs: Mapping[str, Array | None]) -> Arrays:
    """Call a kernel on copies that stand between margins, and return all that it gives.

    Raises AssertionError where it wrote into a margin or changed what it was given to read.
    """
    inputs = [_Placed(argument) if isinstance(argument, np.ndarray) else argument for argument in arguments]
    written = {name: None if start is None else _Placed(start) for name, start in outputs.items()}
    with np.errstate(all="ignore"):
        returned = kernel(
            *(value.array if isinstance(value, _Placed) else value for value in inputs),
            **{name: value and value.array for name, value in written.items()},
        )
    for value in inputs:
        assert not isinstance(value, _Placed) or value.is_as_it_was(), "changed an array that it may only read"
    for name, value in written.items():
        assert value is None or value.margins_are_clean(), f"wrote beyond the ends of {name}"
    results = {name: value.array for name, value in written.items() if value is not None}
    return results if returned is None else results | {RETURNED: np.array(returned)}


def worst(got: Array, exact: Array, allowed: Any) -> tuple[float, tuple[int, ...]]:
    """Return the largest error as a share of what is allowed, and its place; 0 where all is the same, NaN included."""
    got, exact = got.astype(np.float64), exact.astype(np.float64)
    with np.errstate(all="ignore"):
        same = (got == exact) | (np.isnan(got) & np.isnan(exact))
        shares = np.where(same, 0, abs(got - exact) / allowed)
    shares = np.where(np.isnan(shares), np.inf, shares)
    if not shares.size:
        return 0.0, ()
    place = np.unravel_index(shares.argmax(), shares.shape)
    return float(shares[place]), tuple(map(int, place))


class _Placed:
    """A copy of an array in the middle of a longer one."""

    def __init__(self, array: Array) -> None:
        self.start = array
        margin = MARGIN * array.itemsize
        self.memory = np.full(array.nbytes + 2 * margin, 0xA5, np.uint8)
        self.array = self.memory[margin : margin + array.nbytes].view(array.dtype).reshape(array.shape)
        self.array[...] = array

    def margins_are_clean(self) -> bool:
        margin = MARGIN * self.start.itemsize
        ends = self.memory[:margin], self.memory[len(self.memory) - margin :]
        return all((end == 0xA5).all() for end in ends)

    def is_as_it_was(self) -> bool:
        return self.margins_are_clean() and self.array.tobytes() == self.start.tobytes()


def _largest_around(images: Array) -> Array:
    """Return, for each pixel of (N, C, H, W), the largest at most `TILE_REACH` rows and columns away."""
    for axis in (2, 3):
        reach = [(0, 0)] * 4
        reach[axis] = (TILE_REACH, TILE_REACH)
        shifted = np.lib.stride_tricks.sliding_window_view(np.pad(images, reach), 2 * TILE_REACH + 1, axis=axis)
        images = shifted.max(axis=-1)
    return images


def _widened(arguments: Sequence[Any]) -> list[Any]:
    return [_wide(value) if isinstance(value, np.ndarray) else value for value in arguments]


def _widened_outputs(outputs: Mapping[str, Array | None]) -> dict[str, Array | None]:
    return {name: None if start is None else _wide(start) for name, start in outputs.items()}


def _wide(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _describe(argument: Any) -> str:
    if isinstance(argument, np.ndarray):
        return "x".join(map(str, argument.shape))
    return str(argument)
