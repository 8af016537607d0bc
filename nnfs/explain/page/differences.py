"""Finite differences beside the gradients of a page: all of a small network, a spread of those of a large one."""

from __future__ import annotations

import numpy as np

from ..._kernels.interface import Array
from ..difference import Difference
from ..explanation import Explanation
from ..finite_differences import FiniteDifferences, Number

FEWEST, MOST, MOST_IN_TRAINING = 4, 1500, 300
"""How few and how many finite differences a page has; in training each takes two passes of its own, of milliseconds."""


def differences_of(explanation: Explanation, operations: float) -> dict[str, list[str]]:
    """Return finite differences by the name that the page gives the number: of parameters, and of the first sample.

    They take about ``operations`` multiply-adds; a network with few numbers gets all of them.
    """
    arrays: list[tuple[str | None, str, Array]] = [(None, "output", explanation.x[0])]
    for name, facts in explanation.layers.items():
        arrays.append((name, "output", facts.output[0]))
        arrays += [(name, of, value) for of, value in facts.parameters.items()]
    network = explanation.network
    each = network.layers.multiply_adds(network.input_shape) * len(explanation.x)
    most = int(np.clip(operations / max(each, 1), FEWEST, MOST_IN_TRAINING if explanation.training else MOST))
    rng = np.random.default_rng(0)
    numbers, keys = [], []
    for (layer, of, array), count in zip(arrays, _shares([a.size for _, _, a in arrays], most), strict=True):
        for flat in rng.permutation(array.size)[:count]:
            place = tuple(map(int, np.unravel_index(flat, array.shape)))
            numbers.append(Number(layer, of, (0, *place) if of == "output" else place))
            what = "gradient" if of == "output" else f"{of} gradient"
            keys.append(f"{'x' if layer is None else layer}|{what}|{flat}")
    assert explanation.y is not None
    assert network.loss is not None
    differences = FiniteDifferences(network, explanation.x, explanation.y, network.loss, explanation.training)
    return dict(zip(keys, map(_listed, differences.of(numbers)), strict=True))


def _listed(difference: Difference) -> list[str]:
    """Return a difference, and at a kink the slopes from above and from below, as texts, for some are not finite."""
    numbers = [float(difference)]
    if difference.above is not None and difference.below is not None:
        numbers += [difference.above, difference.below]
    return list(map(str, numbers))


def _shares(sizes: list[int], most: int) -> list[int]:
    """Return how many of ``most`` each array gets: the same number each, and what small ones do not need to others."""
    shares = [0] * len(sizes)
    left = most
    for done, k in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[k] = min(sizes[k], -(-left // (len(sizes) - done)))
        left = max(left - shares[k], 0)
    return shares
