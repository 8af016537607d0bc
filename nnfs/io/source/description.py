"""What the comment at the top of a source file tells: what goes in, what comes out, and where the network is from."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...layers import Normalization, Softmax
from ...layers.container import ends_in
from ...sequential import Sequential
from .program import Program
from .texts import in_lines, quoted

OUTPUTS = {
    "cross_entropy": "the scores of the classes: the largest is the answer, and their softmax are probabilities.",
    "binary_cross_entropy": "scores: above 0 means yes (class 1), and 1 / (1 + exp(-y)) is the probability of it.",
}
"""What the outputs are of a network that was trained with these losses."""


def describe(program: Program) -> Iterator[str]:
    """Yield the lines of the comment, in printable ASCII, without anything that ends a comment of C or Python."""
    from ...system.version import __version__

    network = program.network
    yield f"A neural network for prediction, written by nnfs {__version__}: {network.dtype}."
    yield ""
    yield from describe_input(network)
    yield from describe_output(network)
    known = network.facts.known()
    for name in sorted(known.keys() - {"class_names", "columns", "pixels_divided_by", "preprocessing", "metrics"}):
        yield f"{name}: {quoted(str(known[name]))}"
    yield ""
    yield f"Multiplications of one sample: {network.layers.multiply_adds(network.input_shape):,}"
    yield f"Weights: {sum(array.size for array in program.arrays.values()):,} numbers of {network.dtype.itemsize} bytes"
    yield f"Digest of the weights (net.digest() in nnfs): {network.digest()}"


def describe_input(network: Sequential) -> Iterator[str]:
    """Yield lines on what the numbers of x are."""
    shape, facts = network.input_shape, network.facts
    order = "" if len(shape) == 1 else f": a sample of shape {shape}, the last axis first"
    if len(shape) == 3:
        order = f": an image of shape (channels, rows, columns) = {shape}, row after row, channel after channel"
    yield f"x: {math.prod(shape):,} numbers{order}."
    if facts.columns:
        yield from in_lines(["The columns of x are, in this order:", *map(quoted, facts.columns)])
    if facts.preprocessing is not None:
        for column in facts.preprocessing.columns:
            name = quoted(column.name)
            if column.categories is not None:
                yield f"Of {name}, each category has a column of x, 1 where it is meant, else 0; no other text has one."
            elif column.mean is not None:
                yield f"A missing number of {name} is {column.mean!r}, the mean of the training."
    if facts.pixels_divided_by is not None:
        yield f"x must hold pixels divided by {facts.pixels_divided_by:g}, which go from 0 to 1."
    if isinstance(network.layers[0], Normalization):
        yield "x is in the units of the data: the first layer subtracts the mean and divides by the standard deviation."


def describe_output(network: Sequential) -> Iterator[str]:
    """Yield lines on what the numbers of y are."""
    loss, shape = network.loss, network.output_shape
    meaning = OUTPUTS.get(loss.name, "the predictions.") if loss is not None else "the outputs of the last layer."
    if ends_in(network.layers[-1], Softmax):
        meaning = "the probabilities of the classes: the largest is the answer."
    yield f"y: {math.prod(shape):,} numbers of shape {shape}, {meaning}"
    if network.facts.class_names:
        names = [f"{number} = {quoted(name)}" for number, name in enumerate(network.facts.class_names)]
        yield from in_lines(["Classes:", *names])
