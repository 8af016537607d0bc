"""The first values of a network that is read from a file: those of the file.

Weights come first: a file that names a huge layer must not make nnfs allocate it before its weights are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...arguments.shapes import Shape
from ...errors import FormatError
from ...initializers import Initializer
from ...layers import LAYERS, Layer
from ...layers.chain import Chain

# The array whose first values each of these arguments of nnfs's layers gives.
INITIALIZED = {
    "initializer": "weight",
    "bias_initializer": "bias",
    "mean_initializer": "mean",
    "scale_initializer": "scale",
}


@contextmanager
def first_values(layers: Chain, state: dict[str, Array]) -> Iterator[None]:
    """Let the layers of nnfs take their first values from the file's arrays within the ``with`` block.

    Each array of the file is then compared with the size that a layer wants before the layer allocates memory.
    """
    before: list[tuple[Layer, str, Any]] = []
    for name, chain, index in layers.walk():
        layer = chain[index]
        if type(layer) is LAYERS.get(type(layer).__name__):
            for argument, parameter in INITIALIZED.items():
                if hasattr(layer, argument):
                    own = getattr(layer, argument)
                    before.append((layer, argument, own))
                    vars(layer)[argument] = _FromFile(own, f"{name}.{parameter}", state)
    try:
        yield
    finally:
        for layer, argument, value in reversed(before):
            vars(layer)[argument] = value


class _FromFile:
    """An initializer that returns an array of the file; its repr is that of the layer's own initializer."""

    def __init__(self, own: str | Initializer, name: str, state: dict[str, Array]) -> None:
        self.own, self.name, self.state = own, name, state

    def __call__(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
        found = self.state.get(self.name)
        if found is None or found.shape != shape:
            got = "is missing" if found is None else f"got shape {found.shape}"
            raise FormatError(f"array {self.name!r}: {got}, wanted shape {shape} for the layer")
        return found

    def __repr__(self) -> str:
        return repr(self.own)
