"""An account of one number: the products of which it is the sum, each factor with its name and place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

FEW_ZEROS = 3
"""Up to how many terms that are 0 are written one by one."""


def signed(value: float) -> str:
    """Return a number as text; one below 0 in brackets, for it stands behind a sign of arithmetic."""
    return f"({value:.6g})" if value < 0 else f"{value:.6g}"


class Factor(NamedTuple):
    """One number that an account multiplies.

    ``name`` is that of the formula, such as ``x`` or ``weight``; ``layer`` and ``place`` are where the number stands,
    the sample first; None for a number that stands in no array. ``text`` is what is written instead of these, such as
    "1 / 3 samples".
    """

    name: str
    value: float
    layer: str | None = None
    place: tuple[int, ...] | None = None
    text: str = ""

    def __str__(self) -> str:
        if self.text:
            return self.text
        place = "" if self.place is None else f"[{', '.join(map(str, self.place))}]"
        return f"{self.name}{place} {signed(self.value)}"


class Term(NamedTuple):
    """A product of factors; ``beaten`` tells why it does not count, such as a number that is not a pool's largest."""

    factors: tuple[Factor, ...]
    beaten: str = ""

    @property
    def counts(self) -> bool:
        """Whether the product is part of the sum."""
        return not self.beaten

    @property
    def product(self) -> float:
        """The product of the factors."""
        return math.prod(factor.value for factor in self.factors)


@dataclass(frozen=True, repr=False)
class Account:
    """How one number came about.

    Attributes
    ----------
    value : float
        The number, as the pass has computed it.
    terms : tuple of Term
        Products that sum to it, up to rounding.
    steps : tuple of Factor
        Intermediate results that factors were made of, such as a mean.
    formula : str
        What the documentation of the layer says.
    """

    value: float
    terms: tuple[Term, ...]
    formula: str
    steps: tuple[Factor, ...] = ()

    @property
    def total(self) -> float:
        """The sum of all products that count, which is ``value`` up to rounding."""
        return math.fsum(term.product for term in self.terms if term.counts)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [f"{step}" for step in self.steps]
        zeros = [term for term in self.terms if term.counts and term.product == 0]
        is_long = len(zeros) > FEW_ZEROS
        for term in self.terms:
            if is_long and term.counts and term.product == 0:
                continue
            product = " * ".join(map(str, term.factors))
            lines.append(f"  + {product} = {term.product:.6g}" if term.counts else f"    {product}, {term.beaten}")
        if is_long:
            lines.append(f"  + {len(zeros)} terms are 0")
        return "\n".join([*lines, f"  = {self.total:.6g}"])
