"""The fields of the JSON text, and its digest."""

from __future__ import annotations

from typing import Any

from ..._kernels.interface import Array
from ...errors import FormatError
from ...system.digest import digest
from ..strict_json import short

FORMAT_VERSION = 4
"""The newest format that is read; a network is written in the oldest one that has the fields which it needs."""
ADDED: dict[int, dict[str, tuple[type, ...]]] = {
    1: {},
    2: {"facts": (dict,)},
    3: {"facts": (dict,), "frozen": (list,)},
    4: {"facts": (dict,), "frozen": (list,)},
}
"""The fields that each format has beside `FIELDS`."""
FIELDS: dict[str, tuple[type, ...]] = {
    "format_version": (int,),
    "nnfs_version": (str,),
    "sha256": (str,),
    "input_shape": (list,),
    "dtype": (str,),
    "seed": (int,),
    "loss": (dict, type(None)),
    "layers": (list,),
}


def check_fields(found: Any, wanted: dict[str, tuple[type, ...]], where: str) -> None:
    """Raise FormatError, which names ``where``, unless ``found`` is an object with exactly these fields and types."""
    if not isinstance(found, dict) or found.keys() != wanted.keys():
        got = list(found) if isinstance(found, dict) else found
        raise FormatError(f"{where}: got {short(got)}, wanted the fields {', '.join(wanted)}")
    for name, types in wanted.items():
        if type(found[name]) not in types:
            names = " or ".join(type_.__name__ for type_ in types)
            raise FormatError(f"{where}: {name}: got {short(found[name])}, wanted {names}")


def is_entry(value: dict[str, Any]) -> bool:
    """Return whether a JSON object has the fields of a layer's entry."""
    return value.keys() in ({"name", "config"}, {"same_as"})


def digest_of(architecture: dict[str, Any], state: dict[str, Array]) -> str:
    """Return the SHA-256, in hexadecimal, of a JSON object and of arrays by name."""
    import json

    return digest(state, json.dumps(architecture, sort_keys=True).encode())
