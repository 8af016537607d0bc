"""One call of a kernel: its arguments, the expected outputs, and the errors that are allowed.

The reference computes the expected outputs in float64. A sum of K products, added in any order, has an error of at most
K eps times the sum of the absolute values of the products (N. J. Higham: Accuracy and Stability of Numerical
Algorithms, 2002, section 3.1). The reference computes this sum, too, from absolute values. If nothing is rounded, the
outputs must equal those of the reference.
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
"""Guard elements before and behind each array, which no kernel may change. The odd number misaligns the arrays."""
TILE_REACH = 3
"""The distance in pixels within which outputs share a Winograd tile, and thus their rounding errors."""
SLACK = 2
"""The factor on Higham's bound: the kernel may be off by the bound, and so may the reference."""


class Slope(NamedTuple):
    """A derivative along a random direction, by finite differences of the forward kernel of the reference."""

    output: str
    """The name of the gradient, an output of the kernel."""
    direction: Array
    numeric: float
    """The expected inner product of the gradient and the direction."""
    allowed: float
    """The largest error of the inner product."""


@dataclass
class Case:
    """One call of a kernel, with the expected outputs. The ``expect_`` methods set what is expected.

    Attributes
    ----------
    name : str
        The name of the kernel.
    draw : Draw
        The source of the random numbers.
    arguments : tuple
        The arguments that the kernel reads.
    outputs : dict of arrays
        The arrays that the kernel writes, by argument name, with their content before the call. None is an output that
        is not wanted.
    exact : dict of arrays
        The expected content of the outputs after the call.
    allowed : dict of arrays
        The allowed error of each element of an output; 0 for an output that is missing here.
    slopes : list of Slope
        Derivatives that the outputs must agree with.
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

    def expect_equal(self) -> Case:
        """Expect the outputs of the reference in the type of the case, bit for bit.

        This is for kernels that round nothing, or that round in one fixed order.
        """
        self.exact = call(getattr(reference, self.name), self.arguments, self.outputs)
        return self

    def expect_float64(self) -> Case:
        """Expect the outputs of the reference in float64; ``allowed`` then says how far off the kernel may be."""
        self.exact = call(getattr(reference, self.name), _widened(self.arguments), _widened_outputs(self.outputs))
        return self

    def expect_rounded(self, magnitudes: Sequence[Any], **terms: int) -> Case:
        """Expect outputs that are sums, and allow their rounding errors.

        Parameters
        ----------
        magnitudes : list
            The arguments of the kernel, with the absolute values of the factors of each term.
        **terms : int
            The number of terms of each element of an output, by the output's name. Other outputs must be exact.
        """
        self.expect_float64()
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
        """Expect outputs that are sums of products: exact ones of small whole numbers, otherwise rounded ones.

        The arguments are those of `expect_rounded`.
        """
        return self.expect_float64() if self.draw.is_exact else self.expect_rounded(magnitudes, **terms)

    def expect_slope(
        self,
        output: str,
        function: Callable[[Array], float],
        point: Array,
        *,
        step: float = 1.0,
        tolerance: float = 1e-10,
    ) -> Case:
        """Expect ``output`` to be the gradient of ``function``, which maps a float64 array to a float, at ``point``.

        Only cases in float64 with smooth numbers are checked. The differences use ``step``; most functions here are
        linear, so that any step gives exact differences. ``tolerance`` is relative to the size of the sums.
        """
        if self.draw.dtype != np.float64 or not self.draw.is_smooth or not point.size:
            return self
        direction = self.draw.rng.standard_normal(point.shape)
        above, below = function(point + step * direction), function(point - step * direction)
        size = np.vdot(abs(self.exact[output]), abs(direction)) + (abs(above) + abs(below)) / step
        self.slopes.append(Slope(output, direction, (above - below) / (2 * step), tolerance * (1 + size)))
        return self

    def check(self, results: Arrays) -> list[tuple[str, float]]:
        """Compare the outputs of a kernel, by name, with the expected ones.

        Returns a pair for each output and each slope: its name, and its largest error divided by the allowed error. A
        quotient above 1, or NaN, is wrong; the name then tells the element and both numbers.
        """
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
    """Call a kernel on guarded copies of the arrays, and return its outputs and its returned value, by name.

    Raises AssertionError if the kernel wrote beyond the ends of an array or changed an array that it may only read.
    """
    inputs = [_Guarded(argument) if isinstance(argument, np.ndarray) else argument for argument in arguments]
    written = {name: None if start is None else _Guarded(start) for name, start in outputs.items()}
    with np.errstate(all="ignore"):
        returned = kernel(
            *(value.array if isinstance(value, _Guarded) else value for value in inputs),
            **{name: value and value.array for name, value in written.items()},
        )
    for value in inputs:
        assert not isinstance(value, _Guarded) or value.is_unchanged(), "changed an array that it may only read"
    for name, value in written.items():
        assert value is None or value.margins_are_clean(), f"wrote beyond the ends of {name}"
    results = {name: value.array for name, value in written.items() if value is not None}
    return results if returned is None else results | {RETURNED: np.array(returned)}


def worst(got: Array, exact: Array, allowed: Any) -> tuple[float, tuple[int, ...]]:
    """Return the largest quotient of error and allowed error, and its index.

    Equal elements, NaN and NaN among them, have the quotient 0. NaN against a number has infinity.
    """
    got, exact = got.astype(np.float64), exact.astype(np.float64)
    with np.errstate(all="ignore"):
        same = (got == exact) | (np.isnan(got) & np.isnan(exact))
        shares = np.where(same, 0, abs(got - exact) / allowed)
    shares = np.where(np.isnan(shares), np.inf, shares)
    if not shares.size:
        return 0.0, ()
    place = np.unravel_index(shares.argmax(), shares.shape)
    return float(shares[place]), tuple(map(int, place))


class _Guarded:
    """A copy of an array with guard elements before and behind it."""

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

    def is_unchanged(self) -> bool:
        return self.margins_are_clean() and self.array.tobytes() == self.start.tobytes()


def _largest_around(images: Array) -> Array:
    """Return, for each pixel of images (N, C, H, W), the maximum of those up to `TILE_REACH` rows and columns away."""
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
