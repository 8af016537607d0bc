"""Checks that public methods give equal results for arrays of any memory layout and for a contiguous copy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._kernels.interface import Array
from ..layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
from ..sequential import Sequential
from .draw import Draw


def _misaligned(x: Array) -> Array:
    memory = np.empty(x.nbytes + 1, np.uint8)
    copy = memory[1:].view(x.dtype).reshape(x.shape)
    copy[...] = x
    return copy


def _every_second(x: Array) -> Array:
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


def _read_only(x: Array) -> Array:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


class _Subclass(np.ndarray):
    pass


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran order": np.asfortranarray,
    "every second element": _every_second,
    "negative strides": lambda x: x[::-1, ..., ::-1].copy()[::-1, ..., ::-1],
    "broadcast rows": lambda x: np.broadcast_to(x[:1], x.shape),
    "misaligned": _misaligned,
    "byte-swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "read-only": _read_only,
    "subclass": lambda x: x.view(_Subclass),
    "moved axes": lambda x: np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1),
}


def _network(dtype: str, seed: int) -> Sequential:
    layers = [Conv2D(3, 3, padding=1), ReLU(), MaxPool2D(2), Flatten(), Dense(4)]
    return Sequential(layers, (2, 6, 7), seed=seed, dtype=dtype)


def _arrays(draw: Draw, seed: int) -> tuple[str, Array, Array]:
    """Return the name of a memory layout, an array with this layout, and a contiguous copy of the array."""
    name = list(LAYOUTS)[seed % len(LAYOUTS)]
    odd = LAYOUTS[name](draw.rng.standard_normal((draw.integer(1, 9), 2, 6, 7)).astype(draw.dtype))
    return name, odd, np.array(odd, draw.dtype, order="C", subok=False)


def predict(draw: Draw, seed: int) -> str | None:
    """Predict for an array of an unusual layout and for its copy; return the difference as a text, or None."""
    name, odd, plain = _arrays(draw, seed)
    network = _network(draw.dtype.name, seed)
    if network.predict(odd).tobytes() != network.predict(plain).tobytes():
        return f"predict gives other bits for an array x of shape {odd.shape} that is {name!r} than for a plain copy"
    return None


def fit(draw: Draw, seed: int) -> str | None:
    """Train on arrays of an unusual layout and on their copies; return the difference as a text, or None."""
    name, odd, plain = _arrays(draw, seed)
    labels = draw.rng.integers(0, 4, len(plain))
    weights = []
    for x, y in ((odd, np.repeat(labels, 2)[::2]), (plain, labels)):
        network = _network(draw.dtype.name, seed)
        network.fit(x, y, loss="cross_entropy", batch_size=4, verbose=0)
        weights.append(network.vector.value.tobytes())
    if weights[0] != weights[1]:
        return f"fit gives other weights for an array x of shape {odd.shape} that is {name!r} than for a plain copy"
    return None


GATES = {"predict": predict, "fit": fit}
