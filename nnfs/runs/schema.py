"""A JSON schema of the settings of a run, by which editors complete and check files of settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..layers import LAYERS
from .settings import PARTS, SETTINGS

Schema: TypeAlias = dict[str, Any]

KINDS: dict[str, Schema] = {
    "text": {"type": "string"},
    "count": {"type": "integer", "minimum": 1},
    "integer": {"type": "integer", "minimum": 0},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "weights": {"anyOf": [{"const": "balanced"}, {"type": "object", "additionalProperties": {"type": "number"}}]},
}
"""The schema of each kind of setting that is not a part."""


def settings_schema() -> Schema:
    """Return the JSON schema of a file of settings, for draft 2020-12.

    It knows each setting, and the names and arguments of networks, layers, losses, optimizers, schedules,
    augmentations and callbacks. A value that it accepts may still be refused by `load_settings`, which also looks at
    what goes together.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "settings of nnfs train",
        "type": "object",
        "properties": {name: _setting(name) for name in SETTINGS},
        "additionalProperties": False,
        "$defs": {"layer": _choice({name: _part(name, layer, 0) for name, layer in LAYERS.items()})},
    }


def _setting(name: str) -> Schema:
    setting = SETTINGS[name]
    if name == "layers":
        schema: Schema = {"type": "array", "items": {"$ref": "#/$defs/layer"}}
    elif name in PARTS:
        known, own = PARTS[name]
        parts = {part: _part(part, function, own) for part, function in known.items()}
        if name == "network":
            parts["a file"] = {"properties": {"name": {"pattern": r"\.(toml|json)$"}}}
        part = _choice(parts)
        schema = {"type": "array", "items": part} if setting.kind == "parts" else part
    else:
        schema = KINDS[setting.kind]
    if setting.default is None:  # JSON writes a setting that is not given as null
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {"description": setting.help, "default": setting.default} | schema


def _choice(parts: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "required": ["name"], "oneOf": list(parts.values())}


def _part(name: str, function: Callable[..., Any], own: int) -> Schema:
    """Return the schema of a part whose first ``own`` arguments are passed by nnfs."""
    parameters = list(inspect.signature(function).parameters.values())[own:]
    return {
        "properties": {"name": {"const": name}} | {each.name: _argument(each) for each in parameters},
        "required": ["name", *(each.name for each in parameters if each.default is each.empty)],
        "additionalProperties": False,
    }


def _argument(parameter: inspect.Parameter) -> Schema:
    default = parameter.default
    kind = {bool: {"type": "boolean"}, float: {"type": "number"}}.get(type(default), {})
    return kind | ({"default": default} if isinstance(default, bool | int | float | str) else {})
