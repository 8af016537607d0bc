"""The tables that `Network.summary` prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..layers import Layer
from ..layers.chain import Chain, Node
from ..layers.context import Workspace
from ..layers.parameter import Parameter
from ..system.notebook import escaped, html_table
from .replay import is_replayable

LEFT = 3
"""How many columns hold texts, which begin at the left."""


class Table(NamedTuple):
    """A table of texts, and perhaps a line below it; a notebook shows it as HTML."""

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    below: str = ""

    def __str__(self) -> str:
        widths = [max(len(row[column]) for row in (self.header, *self.rows)) for column in range(len(self.header))]
        lines = [_line(self.header, widths), "  ".join("-" * width for width in widths)]
        return "\n".join([*lines, *(_line(row, widths) for row in self.rows), *filter(None, [self.below])])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_table(self.header, self.rows, LEFT) + (f"<p>{escaped(self.below)}</p>" if self.below else "")


def summary_table(layers: Chain) -> Table:
    """Return the table of a network: layer, output shape, parameters, multiply-adds and bytes of parameters.

    Multiply-adds are those of one sample's forward pass. A layer that stands in the network twice has its parameters
    once, in the row of its first place. Layers within a layer follow it, in rows of their own. Where layers are frozen,
    a last row tells how many parameters train.
    """
    header = ("", "layer", "output shape", "parameters", "multiply-adds", "bytes")
    rows: list[tuple[str, ...]] = [("", "input", _show(layers.shapes[0]), "", "", "")]
    totals, frozen = [0, 0, 0], 0
    counted: set[Parameter] = set()
    first: dict[int, str] = {}
    for name, chain, index in layers.walk():
        layer, inner = chain[index], chain.within[index].values()
        new = [parameter for parameter in _own_parameters(layer, inner) if parameter not in counted]
        counted.update(new)
        values = [parameter.value for parameter in new]
        shape = chain.shapes[index]
        figures = [
            sum(value.size for value in values),
            layer.multiply_adds(shape) - sum(branch.multiply_adds(shape) for branch in inner),
            sum(value.nbytes for value in values),
        ]
        totals = [total + figure for total, figure in zip(totals, figures, strict=True)]
        text = f"{type(layer).__name__} of:" if inner else repr(layer)
        if new and not layer.trainable:
            text += ", frozen"
            frozen += figures[0]
        if first.setdefault(id(layer), name) != name:
            text += f", the same as {first[id(layer)]}"
        rows.append((name, text, _show(chain.shapes[index + 1]), *(f"{figure:,}" for figure in figures)))
    rows.append(("", "total", "", *(f"{total:,}" for total in totals)))
    if frozen:
        rows.append(("", "of which train", "", f"{totals[0] - frozen:,}", "", ""))
    return Table(header, rows)


def _own_parameters(layer: Layer, inner: Iterable[Chain]) -> list[Parameter]:
    """Return the parameters of a layer without those of the layers within it, which have rows of their own."""
    within = {parameter for chain in inner for parameter in chain.parameters.values()}
    return [parameter for parameter in layer.parameters.values() if parameter not in within]


def plan_table(nodes: Sequence[Node], workspace: Workspace, in_training: str | None) -> Table:
    """Return the table of what runs: node, the layers it serves, its own kernels, and the bytes that it keeps.

    A network is replayed, see `nnfs.network.replay`, where all its nodes can be; then ``in_training`` is how the steps
    of its last training were. The bytes are those that a pass of one sample has left in ``workspace``.
    """
    replayed = [workspace.replay is not None and is_replayable(node) for node in nodes]
    rows: list[tuple[str, ...]] = []
    first = 0
    for index, (node, ctx) in enumerate(zip(nodes, workspace, strict=True)):
        layers = getattr(node, "layers", (node,))
        last = first + len(layers) - 1
        served = f"{first}" if first == last else f"{first} to {last}"
        names = " + ".join(type(layer).__name__ for layer in layers)
        kernel, yes = getattr(node, "kernel", ""), "yes" if replayed[index] else "no"
        rows.append((str(index), names, served, kernel, yes, f"{ctx.nbytes:,}"))
        first = last + 1
    rows.append(("", "total", "", "", "yes" if all(replayed) else "no", f"{workspace.nbytes:,}"))
    how = in_training if all(replayed) else "nothing, for want of a yes above"
    below = f"replayed in training: {how}" if in_training is not None else ""
    return Table(("", "node", "layers", "fused kernel", "replayed", "bytes"), rows, below)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column < LEFT else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _show(shape: tuple[int, ...]) -> str:
    return "(N, " + ", ".join(map(str, shape)) + ")"
