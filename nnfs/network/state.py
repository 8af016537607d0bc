"""State: the arrays of a network by name, and what may be written into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._kernels.interface import Array
from ..arguments.arrays import as_array, read_array
from ..errors import DTypeError, ShapeError


class NotLoaded(NamedTuple):
    """Names of arrays that did not fit between a network and a state: all empty where everything did."""

    missing: list[str]
    """Those of the network that the state does not have; they keep their values."""
    unexpected: list[str]
    """Those of the state that the network does not have."""
    other_shape: list[str]
    """Those that both have, with other shapes; the network's keep their values."""


def load_state(own: Mapping[str, Array], state: Mapping[str, Any], *, strict: bool) -> NotLoaded:
    """Write arrays into those of equal names in ``own``, all or none; errors are those of `Network.load_state_dict`."""
    if not isinstance(state, Mapping):
        raise DTypeError(f"state must be a dict of arrays by name, got {type(state).__name__}")
    missing, unexpected = [name for name in own if name not in state], [name for name in state if name not in own]
    wrong = [*(f"missing {name}" for name in missing), *(f"unexpected {name}" for name in unexpected)]
    fix = _fix_for_names(own, state) if wrong else ""
    # Types come after names and shapes: what is not looked for may be of any type.
    shapes = {name: read_array(state[name], name).shape for name in own if name in state}
    other = [name for name, array in own.items() if name in shapes and shapes[name] != array.shape]
    wrong += [f"{name} has shape {shapes[name]}, wanted {own[name].shape}" for name in other]
    fitting = [name for name in shapes if name not in other]
    if wrong and (strict or not fitting):
        none = "" if strict else ", not one array of it"
        raise ShapeError(f"the state does not fit the network{none}: " + "; ".join(wrong) + fix)
    arrays = {name: as_array(state[name], own[name].dtype, name) for name in fitting}
    for name, array in arrays.items():
        own[name][...] = array
    return NotLoaded(missing, unexpected, other)


def _fix_for_names(own: Mapping[str, Array], state: Mapping[Any, Any]) -> str:
    """Return the line of code that mends the names, where the way in which they differ is known; else ""."""
    if state.keys() <= own.keys():
        return "; to keep what the network has of the missing ones: net.load_state_dict(net.state_dict() | state)"
    if not all(isinstance(name, str) for name in state):
        return ""
    first = next(iter(own), "")
    for name in state:
        prefix = name.removesuffix(first)
        if first and prefix and name.endswith(first) and {prefix + each for each in own} <= state.keys():
            names = f"{{name.removeprefix({prefix!r}): array for name, array in state.items()}}"
            if len(state) > len(own):
                names = f"{{name: state[{prefix!r} + name] for name in net.state_dict()}}"
            return f"; of names with a prefix: net.load_state_dict({names})"
    if own.keys() < state.keys():
        return "; to leave the others out: net.load_state_dict({name: state[name] for name in net.state_dict()})"
    if [array.shape for array in own.values()] == [getattr(array, "shape", None) for array in state.values()]:
        return "; if they stand in the same order: net.load_state_dict(dict(zip(net.state_dict(), state.values())))"
    return ""
