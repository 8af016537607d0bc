"""Finite differences beside the gradients of a page: all of a small network, a spread of those of a large one."""

from __future__ import annotations

import numpy as np

from ..._kernels.interface import Array
from ..explanation import Explanation

FEWEST, MOST = 4, 1500


def differences_of(explanation: Explanation, operations: float) -> dict[str, str]:
    """Return finite differences by the name that the page gives the number: of parameters, and of the first sample.

    They take about ``operations`` multiply-adds; a network with few numbers gets all of them.
    """
    arrays: list[tuple[str | None, str, Array]] = [(None, "output", explanation.x[0])]
    for name, facts in explanation.layers.items():
        arrays.append((name, "output", facts.output[0]))
        arrays += [(name, of, value) for of, value in facts.parameters.items()]
    network = explanation.network
    each = network.layers.multiply_adds(network.input_shape) * len(explanation.x)
    most = int(np.clip(operations / max(each, 1), FEWEST, MOST))
    rng = np.random.default_rng(0)
    found = {}
    for (layer, of, array), count in zip(arrays, _shares([a.size for _, _, a in arrays], most), strict=True):
        for flat in rng.permutation(array.size)[:count]:
            place = tuple(map(int, np.unravel_index(flat, array.shape)))
            what = "gradient" if of == "output" else f"{of} gradient"
            key = f"{'x' if layer is None else layer}|{what}|{flat}"
            found[key] = str(explanation.finite_difference(layer, place, of=of))
    return found


def _shares(sizes: list[int], most: int) -> list[int]:
    """Return how many of ``most`` each array gets: the same number each, and what small ones do not need to others."""
    shares = [0] * len(sizes)
    left = most
    for done, k in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[k] = min(sizes[k], -(-left // (len(sizes) - done)))
        left = max(left - shares[k], 0)
    return shares
