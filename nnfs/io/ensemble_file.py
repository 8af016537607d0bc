"""Ensembles in one file: arrays of network 2 have names such as ``2/0.weight``, and texts tell each architecture."""

from __future__ import annotations

import os

from .._kernels.interface import Array
from ..ensemble import Ensemble
from ..errors import FormatError, ShapeError
from ..layers import Layer
from . import strict_json
from .architecture import describe, rebuild
from .weights import as_arrays, check_all_finite, write

KEY = "ensemble"
"""The name in the metadata under which the texts of the networks stand."""


def save_ensemble(ensemble: Ensemble, path: str | os.PathLike[str]) -> None:
    """Write an ensemble to a file, whole or not at all; see `nnfs.save`."""
    import json  # here, since most programs save no ensemble

    arrays: dict[str, Array] = {}
    texts = []
    for index, network in enumerate(ensemble.networks):
        state = as_arrays(network.state_dict())
        texts.append(describe(network, state))
        arrays |= {f"{index}/{name}": array for name, array in state.items()}
    check_all_finite(arrays)
    write(arrays, {KEY: json.dumps(texts)}, path)


def rebuild_ensemble(text: str, arrays: dict[str, Array], known: dict[str, type[Layer]], path: str) -> Ensemble:
    """Return the ensemble of a file's text and arrays; raise FormatError for what is damaged or does not fit."""
    try:
        texts = strict_json.parse(text)
    except ValueError as error:
        raise FormatError(f"__metadata__: {KEY}: not strict JSON: {error}") from None
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in texts):
        raise FormatError(f"__metadata__: {KEY}: got {strict_json.short(texts)}, wanted a list of texts")
    states: list[dict[str, Array]] = [{} for _ in texts]
    for name, array in arrays.items():
        number, _, own = name.partition("/")
        if not number.isdecimal() or str(int(number)) != number or int(number) >= len(texts) or not own:
            raise FormatError(f"array {strict_json.short(name)}: got no name as 0/0.weight of {len(texts)} networks")
        states[int(number)][own] = array
    networks = [rebuild(each, state, known, path) for each, state in zip(texts, states, strict=True)]
    try:
        return Ensemble(networks)
    except ShapeError as error:
        raise FormatError(str(error)) from error
