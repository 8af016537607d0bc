"""How one number of a pass came about, as text for a terminal and as lists for JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ShapeError, UnsupportedError
from .account import Account
from .difference import Difference
from .explanation import Explanation
from .text import equations, indented

SAMPLE = "It is the sample: nothing computed it."
INPUT = "It is the input of the layer: the sample, or what the layer before it gave."
PARAMETER = "It is a parameter: training has set it."
SUM, LARGEST = "It is the sum of these terms:", "It is the largest of these numbers:"
COPY, FUNCTION = "It is this number, unchanged:", "It is a function of one number:"


@dataclass(frozen=True)
class OneNumber:
    """A number of the first sample of a pass, or of a parameter.

    Attributes
    ----------
    name : str
        What it is, and where.
    value, gradient : float, float or None
        The number, and the gradient of the loss at it; None where it is not asked for.
    how, how_backward : Account, str, or None
        How both came about, or why that is not known.
    difference : Difference or None
        The finite difference beside the gradient.
    """

    name: str
    value: float
    how: Account | str
    gradient: float | None = None
    how_backward: Account | str | None = None
    difference: Difference | None = None


def one_number(explanation: Explanation, layers: Sequence[str], of: str, place: str, backward: bool) -> OneNumber:
    """Return the number at a place such as ``0,4,3`` of the one layer in ``layers``; ``x`` is the input.

    Raises
    ------
    ShapeError, ValueError
        For several layers, and for a place or a parameter that is not there.
    """
    if len(layers) != 1:
        there = ", ".join(["x", *explanation.layers])
        raise ShapeError(f"--number is one of a single layer; name it by --layers: one of {there}")
    try:
        index = tuple(int(part) for part in place.split(","))
    except ValueError:
        raise ShapeError(f"--number must be a place of whole numbers, such as 0,4,3; got {place!r}") from None
    layer = None if layers[0] == "x" else layers[0]
    if layer is None and of != "output":
        raise ValueError(f"--of {of} needs a layer with parameters; x has none")
    try:
        value = explanation.number(layer, index, of=of)
    except ValueError as error:
        text = re.sub(r"of='(\w+)'", r"--of \1", str(error))
        raise ValueError(f"--number {place}: {text}") from None
    name = f"{'input x' if layer is None else f'layer {layer}, {of}'}[{', '.join(map(str, index))}]"
    how: Account | str = SAMPLE if layer is None else INPUT if of == "input" else PARAMETER
    if layer is not None and of == "output":
        try:
            how = explanation.how(layer, index)
        except UnsupportedError as error:
            how = str(error)
    if not backward:
        return OneNumber(name, value, how)
    try:
        back: Account | str = explanation.how_backward(layer, index, of=of)
    except (UnsupportedError, ValueError) as error:
        return OneNumber(name, value, how, None, str(error))
    assert isinstance(back, Account)
    return OneNumber(name, value, how, back.value, back, explanation.finite_difference(layer, index, of=of))


def text_of_number(found: OneNumber) -> str:
    """Return a number, and its gradient, with all terms that it came about from."""
    lines = [f"{found.name} = {found.value:.6g}", *_lines(found.how)]
    if found.how_backward is not None:
        value = "" if found.gradient is None else f" = {found.gradient:.6g}"
        lines += ["", f"gradient of the loss at {found.name}{value}", *_lines(found.how_backward)]
    if found.difference is not None:
        lines += [f"  finite difference, measured in float64, for comparison: {_six(found.difference)}"]
    return "\n".join(lines)


def lists_of_number(found: OneNumber) -> dict[str, Any]:
    """Return the facts of `text_of_number` for JSON."""
    entry: dict[str, Any] = {"name": found.name, "value": found.value, "how": _listed(found.how)}
    if found.how_backward is not None:
        difference = None if found.difference is None else float(found.difference)
        entry |= {"gradient": found.gradient, "how_backward": _listed(found.how_backward)}
        entry["finite_difference"] = difference
    return entry


def _lines(how: Account | str) -> list[str]:
    if isinstance(how, str):
        return [f"  {how}"]
    is_one = len(how.terms) == 1 and len(how.terms[0].factors) == 1
    head = SUM if all(term.counts for term in how.terms) else LARGEST
    if is_one:
        head = FUNCTION if how.steps else COPY
    return [*indented(equations(how.formula)), f"  {head}", *(f"  {line}" for line in str(how).splitlines())]


def _listed(how: Account | str) -> Any:
    if isinstance(how, str):
        return how
    terms = [
        {"factors": [factor._asdict() for factor in term.factors], "product": term.product, "beaten": term.beaten}
        for term in how.terms
    ]
    return {"steps": [step._asdict() for step in how.steps], "terms": terms, "total": how.total}


def _six(difference: Difference) -> str:
    return str(difference) if difference.is_kink else f"{float(difference):.6g}"
