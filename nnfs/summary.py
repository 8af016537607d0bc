"""The tables that `Sequential.summary` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .network import Sequential
    from .parameter import Parameter


def summary_table(network: Sequential) -> str:
    """Return a text table of a network: layer, output shape, parameters, multiply-adds and bytes of parameters.

    Multiply-adds are those of one sample's forward pass. A layer that stands in the network twice has its parameters
    once, in the row of its first place.
    """
    header = ("", "layer", "output shape", "parameters", "multiply-adds", "bytes")
    rows: list[tuple[str, ...]] = [("", "input", _show(network.input_shape), "", "", "")]
    totals = [0, 0, 0]
    counted: set[Parameter] = set()
    for index, layer in enumerate(network.layers):
        new = [parameter for parameter in layer.parameters.values() if parameter not in counted]
        counted.update(new)
        values = [parameter.value for parameter in new]
        figures = [
            sum(value.size for value in values),
            layer.multiply_adds(network.shapes[index]),
            sum(value.nbytes for value in values),
        ]
        totals = [total + figure for total, figure in zip(totals, figures, strict=True)]
        first = next(place for place, earlier in enumerate(network.layers) if earlier is layer)
        name = repr(layer) if first == index else f"{layer!r}, the same as {first}"
        rows.append((str(index), name, _show(network.shapes[index + 1]), *(f"{figure:,}" for figure in figures)))
    rows.append(("", "total", "", *(f"{total:,}" for total in totals)))
    return _table(header, rows)


def plan_table(network: Sequential) -> str:
    """Return a text table of what runs: node, the layers it serves, its own kernels, and the bytes that it keeps.

    The bytes are those that one sample's forward pass leaves in the buffers, measured by one pass over zeros.
    """
    workspace = network.workspace()
    network.forward(np.zeros((1, *network.input_shape), network.dtype), workspace)
    rows: list[tuple[str, ...]] = []
    first = 0
    for index, (node, ctx) in enumerate(zip(network.nodes, workspace, strict=True)):
        layers = getattr(node, "layers", (node,))
        last = first + len(layers) - 1
        served = f"{first}" if first == last else f"{first} to {last}"
        names = " + ".join(type(layer).__name__ for layer in layers)
        rows.append((str(index), names, served, getattr(node, "kernel", ""), f"{ctx.nbytes:,}"))
        first = last + 1
    rows.append(("", "total", "", "", f"{workspace.nbytes:,}"))
    return _table(("", "node", "layers", "fused kernel", "bytes"), rows)


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [_line(header, widths), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths) for row in rows]
    return "\n".join(lines)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column < 3 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _show(shape: tuple[int, ...]) -> str:
    return "(N, " + ", ".join(map(str, shape)) + ")"
