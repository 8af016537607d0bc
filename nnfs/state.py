"""State: the arrays of a network by name, and what may be written into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._kernels.interface import Array
from .arrays import as_array
from .errors import DTypeError, ShapeError


def load_state(own: Mapping[str, Array], state: Mapping[str, Any], dtype: np.dtype[Any]) -> None:
    """Write arrays into those of the same names in ``own``, all or none; errors are those of `load_state_dict`."""
    if not isinstance(state, Mapping):
        raise DTypeError(f"state must be a dict of arrays by name, got {type(state).__name__}")
    arrays = {name: as_array(values, own[name].dtype if name in own else dtype, name) for name, values in state.items()}
    wrong = [f"missing {name}" for name in own if name not in arrays]
    wrong += [f"unexpected {name}" for name in arrays if name not in own]
    wrong += [
        f"{name} has shape {arrays[name].shape}, wanted {array.shape}"
        for name, array in own.items()
        if name in arrays and arrays[name].shape != array.shape
    ]
    if wrong:
        raise ShapeError("the state does not fit the network: " + "; ".join(wrong))
    for name, array in own.items():
        array[...] = arrays[name]
