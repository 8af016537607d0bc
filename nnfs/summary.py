"""The table that `Sequential.summary` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .network import Sequential


def summary_table(network: Sequential) -> str:
    """Return a text table of a network: layer, output shape, parameters, multiply-adds and bytes of parameters.

    Multiply-adds are those of one sample's forward pass.
    """
    header = ("", "layer", "output shape", "parameters", "multiply-adds", "bytes")
    rows: list[tuple[str, ...]] = [("", "input", _show(network.input_shape), "", "", "")]
    totals = [0, 0, 0]
    for index, layer in enumerate(network.layers):
        values = [parameter.value for parameter in layer.parameters.values()]
        figures = [
            sum(value.size for value in values),
            layer.multiply_adds(network.shapes[index]),
            sum(value.nbytes for value in values),
        ]
        totals = [total + figure for total, figure in zip(totals, figures, strict=True)]
        rows.append((str(index), repr(layer), _show(network.shapes[index + 1]), *(f"{figure:,}" for figure in figures)))
    rows.append(("", "total", "", *(f"{total:,}" for total in totals)))
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
