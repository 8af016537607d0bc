"""An explanation as text for a terminal: small arrays in full, large ones as statistics."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import ShapeError, UnsupportedError
from .explanation import Explanation
from .layer_facts import LayerFacts

SMALL = 48
"""How many numbers an array may have to be shown in full."""


def text_of(
    explanation: Explanation, layers: Sequence[str], *, sample: int = 0, backward: bool = False, first: int = 0
) -> str:
    """Return the pass of one sample as text: the input, the named layers, the output and the loss.

    With ``backward``, the gradient of the loss follows each array. ``first`` is the number that the first sample of the
    batch has in its data set.
    """
    lines = ["input x", *_array("x", explanation.x[sample])]
    if backward and explanation.input_gradient is not None:
        lines += _array("gradient", explanation.input_gradient[sample])
    for name in layers:
        lines += ["", *_layer(explanation.layers[name], sample, backward)]
    lines += ["", "output", *_array("y", explanation.outputs[sample])]
    if explanation.loss is not None:
        lines += [
            "",
            f"loss {explanation.loss:.6g}{_mean(explanation, first)}",
            *indented(equations(explanation.formula or "")),
            *_sum(explanation, sample, first),
        ]
    return "\n".join(lines)


def _mean(explanation: Explanation, first: int) -> str:
    """Return of which losses that of a batch is the mean; nothing for one sample, or a loss that is not of nnfs."""
    count = len(explanation.x)
    try:
        losses = [f"{explanation.how_loss(sample=k).value:.6g} (sample {first + k})" for k in range(count)]
    except UnsupportedError:
        return ""
    return "" if count == 1 else f", the mean of {', '.join(losses)}"


def _sum(explanation: Explanation, sample: int, first: int) -> list[str]:
    """Return how the loss of the sample came about, for a loss of nnfs and few outputs."""
    if explanation.outputs[sample].size > SMALL:
        return []
    of = f" of sample {first + sample}" if len(explanation.x) > 1 else ""
    try:
        return [
            f"  the loss{of} is the sum of these terms:",
            *indented(str(explanation.how_loss(sample=sample)).splitlines()),
        ]
    except UnsupportedError:
        return []


def choose_layers(names: Collection[str], wanted: str | None) -> list[str]:
    """Return of the names of layers those that a text such as ``1-2,4.body.0`` means, with those within; None is all.

    Raises ShapeError, which lists the layers, for a name that is not there.
    """
    if wanted is None:
        return list(names)
    chosen: set[str] = set()
    there = f"the layers are {', '.join(names)}"
    for part in map(str.strip, wanted.split(",")):
        if not part:
            raise ShapeError(f"a name is missing in {wanted!r}, at a comma; {there}")
        first, dash, last = part.partition("-")
        heads = [part]
        if dash and first.isdecimal() and last.isdecimal():
            heads = [first, last]
            if int(first) > int(last):
                raise ShapeError(f"the range {part!r} is backwards; write {last}-{first}")
        for head in heads:
            if not any(f"{name}.".startswith(f"{head}.") for name in names):
                raise ShapeError(f"there is no layer {head!r}; {there}")
        if len(heads) == 2:
            heads = [str(k) for k in range(int(first), int(last) + 1)]
        found = {name for name in names for head in heads if f"{name}.".startswith(f"{head}.")}
        chosen |= found
    return [name for name in names if name in chosen]


def equations(documentation: str) -> list[str]:
    """Return the lines of a documentation that are equations: the indented ones, else those of its sentences."""
    lines = documentation.splitlines()
    indented = [line[4:] for line in lines if line.startswith("    ")]
    if indented:
        return indented
    paragraphs = documentation.split("\n\n")
    return [line for paragraph in paragraphs if " = " in paragraph for line in paragraph.splitlines()] or lines[:1]


def _layer(facts: LayerFacts, sample: int, backward: bool) -> Iterator[str]:
    yield f"layer {facts.name}: {facts.text}" + (f"   ({facts.source})" if facts.source else "")
    yield from indented(equations(facts.formula))
    for name, array in [*facts.parameters.items(), *facts.buffers.items()]:
        yield from _array(name, array)
        if backward and facts.parameter_gradients and name in facts.parameter_gradients:
            yield from _array(f"gradient of {name}", facts.parameter_gradients[name])
    yield from _array("output", facts.output[sample])
    if backward and facts.output_gradient is not None:
        yield from _array("gradient of output", facts.output_gradient[sample])


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines moved to the right, as equations and arrays stand below their name."""
    return [f"    {line}".rstrip() for line in lines]


def _array(name: str, array: Array) -> list[str]:
    if array.size <= SMALL:
        shown = np.array2string(array, precision=4, max_line_width=112, separator=" ")
        return [f"  {name} {array.shape}", *indented(shown.splitlines())]
    numbers = array.astype(np.float64)
    with np.errstate(all="ignore"):
        low, high, mean, spread = numbers.min(), numbers.max(), numbers.mean(), numbers.std()
    zeros = np.count_nonzero(numbers == 0) / numbers.size
    return [
        f"  {name} {array.shape}: {numbers.size:,} numbers from {low:.4g} to {high:.4g}, mean {mean:.4g}, "
        f"standard deviation {spread:.4g}, {zeros:.0%} are 0"
    ]


def lists_of(
    explanation: Explanation, layers: Sequence[str], *, sample: int = 0, backward: bool = False
) -> dict[str, Any]:
    """Return the numbers of `text_of` for JSON: lists, with None for what is not finite."""

    def listed(array: Array | None, row: int | None = None) -> Any:
        if array is None:
            return None
        numbers = array if row is None else array[row]
        plain = numbers.astype(object)
        plain[~np.isfinite(numbers)] = None
        return plain.tolist()

    found = []
    for facts in map(explanation.layers.__getitem__, layers):
        arrays = facts.parameters | facts.buffers
        entry: dict[str, Any] = {"name": facts.name, "layer": facts.text, "source": facts.source}
        entry |= {"output": listed(facts.output, sample)} | {name: listed(array) for name, array in arrays.items()}
        if backward:
            gradients = facts.parameter_gradients or {}
            entry["output_gradient"] = listed(facts.output_gradient, sample)
            entry |= {f"{name}_gradient": listed(gradient) for name, gradient in gradients.items()}
        found.append(entry)
    loss = explanation.loss if explanation.loss is not None and math.isfinite(explanation.loss) else None
    whole: dict[str, Any] = {"x": listed(explanation.x, sample), "layers": found}
    return whole | {"outputs": listed(explanation.outputs, sample), "loss": loss}
