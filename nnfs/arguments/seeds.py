"""Seeds: the one number from which all random numbers of a network are drawn."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np

from ..errors import DTypeError

LARGEST_SEED = 2**63 - 1


def as_seed(seed: Any) -> int:
    """Return ``seed`` as an int from 0 to 2**63 - 1; raise DTypeError or ValueError for anything else."""
    try:
        number = operator.index(seed)
    except TypeError:
        number = None
    if number is None or isinstance(seed, bool):
        raise DTypeError(
            f"seed must be an integer from 0 to {LARGEST_SEED}, got {seed!r} of type {type(seed).__name__}"
        )
    if not 0 <= number <= LARGEST_SEED:
        raise ValueError(f"seed must be from 0 to {LARGEST_SEED}, got {number}")
    return number


class Generators(NamedTuple):
    """Hold the four random generators of a network, which are independent of each other."""

    initialization: np.random.Generator
    shuffling: np.random.Generator
    dropout: np.random.Generator
    augmentation: np.random.Generator


def make_generators(seed: int) -> Generators:
    """Return the four new generators that belong to a seed; equal seeds give equal random numbers."""
    streams = np.random.SeedSequence(seed).spawn(len(Generators._fields))
    return Generators(*map(np.random.default_rng, streams))
