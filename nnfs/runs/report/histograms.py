"""Histograms of the weights and of the gradients of each layer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..._kernels.interface import Array
from ...plots.figure import BLUE, ORANGE, new_figure
from ...plots.svg import Picture, as_svg
from ...printable import four_digits
from ...sequential import Sequential
from ...training.gradient_pass import gradient_pass

BINS = 30
FEWEST_NUMBERS, MOST_DRAWN = 8, 16
MOST_ROWS = 256
"""The number of samples whose loss the gradients are of."""


class Spread(NamedTuple):
    """Hold mean, standard deviation, smallest and largest number of an array, and the share that is 0."""

    mean: float
    deviation: float
    smallest: float
    largest: float
    zeros: float


class ParameterFacts(NamedTuple):
    """Hold the numbers of one parameter and of its gradient, and their spread; None for a gradient without data."""

    name: str
    layer: str
    shape: tuple[int, ...]
    values: Array
    gradient: Array | None
    spread: Spread
    gradient_spread: Spread | None


def gradients_of(network: Sequential, x: Array, y: Array, weights: Array | None = None) -> dict[str, Array]:
    """Return the gradient of the loss over a batch by parameter, as the network predicts; its own gradients stay."""
    loss = network.loss
    assert loss is not None
    targets = loss.check_targets(y, network.output_shape, network.dtype)
    weights = None if weights is None else weights.astype(network.dtype)
    with gradient_pass(network, loss, x, targets, weights):
        return {name: parameter.grad.copy() for name, parameter in network.parameters.items()}


def parameter_facts(network: Sequential, gradients: dict[str, Array]) -> list[ParameterFacts]:
    """Return the numbers of each parameter in the order of the network; ``gradients`` may be empty."""
    layers = {name: chain[index] for name, chain, index in network.layers.walk()}
    found = []
    for name, parameter in network.parameters.items():
        gradient = gradients.get(name)
        layer = layers.get(name.rpartition(".")[0])
        found.append(
            ParameterFacts(
                name,
                type(layer).__name__,
                parameter.value.shape,
                parameter.value,
                gradient,
                _spread(parameter.value),
                None if gradient is None else _spread(gradient),
            )
        )
    return found


def drawn(facts: list[ParameterFacts]) -> list[ParameterFacts]:
    """Return the parameters whose histograms are drawn: the first weights of a few numbers or more, and no biases."""
    return [one for one in facts if len(one.shape) > 1 and one.values.size >= FEWEST_NUMBERS][:MOST_DRAWN]


def draw_histograms(one: ParameterFacts, name: str) -> Picture:
    """Draw how many numbers of a parameter, and of its gradient, lie in each of 30 intervals."""
    figure = new_figure(4.4, 2.4)
    columns = 1 if one.gradient is None else 2
    panels = figure.subplots(1, columns, squeeze=False)[0]
    sides = [("weight", one.values, BLUE, "-"), ("gradient", one.gradient, ORANGE, "--")]
    for axes, (what, values, colour, line) in zip(panels, sides[:columns], strict=True):
        counts, edges = np.histogram(np.asarray(values, np.float64), BINS)
        axes.stairs(counts, edges, color=colour, linestyle=line, fill=False, linewidth=1.4)
        axes.stairs(counts, edges, color=colour, fill=True, alpha=0.2)
        axes.set(xlabel=what)
        axes.grid(True, alpha=0.3)
        axes.locator_params(axis="x", nbins=4)
        axes.ticklabel_format(axis="x", style="sci", scilimits=(-2, 3))
    panels[0].set_ylabel("count")
    caption = f"{one.name} ({one.layer}, {' x '.join(map(str, one.shape))}): {_describe(one.spread)}"
    caption += "." if one.gradient_spread is None else f"; gradient: {_describe(one.gradient_spread)}."
    return Picture(as_svg(figure, name, f"Histogram of {caption}"), caption)


def _describe(spread: Spread) -> str:
    return (
        f"mean {four_digits(spread.mean)}, deviation {four_digits(spread.deviation)}, "
        f"from {four_digits(spread.smallest)} to {four_digits(spread.largest)}"
    )


def _spread(values: Array) -> Spread:
    wide = np.asarray(values, np.float64)
    return Spread(
        float(wide.mean()), float(wide.std()), float(wide.min()), float(wide.max()), float((wide == 0).mean())
    )
