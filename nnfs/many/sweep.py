"""A sweep: the settings that its runs have in common, the values that others take, and which runs there are."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..arguments.names import meant_name
from ..callbacks.monitor import MORE_IS_BETTER
from ..io.strict_json import short
from ..metrics import METRICS
from ..runs.schema import Schema, settings_schema
from ..runs.settings import KINDS, SETTINGS, check_settings, complete, read_settings
from .choices import Between, Changes, Choice, draw, grid, read_choices

METHODS = ("grid", "random", "optuna")
OWN: dict[str, tuple[str, Any]] = {
    "method": ("text", "grid"),
    "runs": ("count", 20),
    "seed": ("integer", 0),
    "best": ("text", "val_loss"),
}
"""The kinds and defaults of the entries of ``[sweep]`` beside ``values``."""
BY_DEFAULT = {"checkpoint_epochs": 0}
"""Settings of runs in a sweep that differ from those of a run alone: most are short, and begin anew when broken off."""


@dataclass(frozen=True)
class Sweep:
    """The runs that a file describes.

    Attributes
    ----------
    settings : dict
        The settings that all runs have.
    choices : dict
        The values of the settings that differ.
    method : "grid", "random" or "optuna"
        All combinations of values, random ones, or those that Optuna proposes.
    runs : int
        How many runs there are, but for a grid.
    seed : int
        Where random values come from.
    best : str
        The figure by which runs are compared.
    """

    settings: Mapping[str, Any]
    choices: Mapping[str, Choice]
    method: str
    runs: int
    seed: int
    best: str

    @property
    def is_more_better(self) -> bool:
        """Whether the best run is the one with the largest figure."""
        return self.best.removeprefix("val_") in MORE_IS_BETTER

    def changes(self) -> Iterator[Changes]:
        """Yield the settings in which each run differs from others, for a grid and for random values."""
        return grid(self.choices) if self.method == "grid" else draw(self.choices, self.runs, self.seed)

    def with_changes(self, changes: Changes) -> dict[str, Any]:
        """Return the settings of a run; raise ValueError where a setting with a dot has no part to go into."""
        settings = copy.deepcopy(dict(self.settings))
        for name, value in changes.items():
            whole, *rest = name.split(".")
            if not rest:
                settings[whole] = value
                continue
            part = settings.get(whole) or copy.deepcopy(SETTINGS[whole].default if whole in SETTINGS else None)
            if not isinstance(part, dict) or len(rest) > 1:
                raise ValueError(f"sweep.values.{name}: {_no_part(whole)}")
            settings[whole] = part | {rest[0]: value}
        return settings


def load_sweep(path: str | os.PathLike[str]) -> Sweep:
    """Read a sweep from a TOML or JSON file: settings of ``nnfs train``, and a table ``[sweep]``.

    Raises FormatError at the first wrong entry, with the path, the entry, its value and the names that exist; OSError
    if the file cannot be read.
    """
    found = read_settings(path, lambda found: _check(make_sweep(found)))
    return make_sweep(found)


def make_sweep(found: Mapping[str, Any]) -> Sweep:
    """Return the sweep of the content of a file; raise ValueError at the first wrong entry of ``[sweep]``."""
    settings = {name: value for name, value in found.items() if name != "sweep"}
    own = found.get("sweep")
    if not isinstance(own, Mapping):
        raise ValueError("there is no table [sweep] in it, with [sweep.values], which says what differs between runs")
    for name, value in own.items():
        if name == "values":
            continue
        if name not in OWN:
            near = meant_name(name, [*OWN, "values"], "")
            fix = f"write {near}" if near else f"it has {', '.join(OWN)} and values"
            fix = f"settings of runs go into [sweep.values], as {name} = [...]" if name in SETTINGS else fix
            raise ValueError(f"sweep has no {name[:50]!r}; {fix}")
        wanted, is_right = KINDS[OWN[name][0]]
        if not is_right(value):
            raise ValueError(f"sweep.{name} is {short(value)}; it must be {wanted}")
    entries = {name: own.get(name, default) for name, (_, default) in OWN.items()}
    if entries["method"] not in METHODS:
        near = meant_name(entries["method"], METHODS, "")
        raise ValueError(
            f"sweep.method is {entries['method'][:50]!r}; "
            + (f"write {near}" if near else f"it must be {', '.join(METHODS)}")
        )
    figures = ["loss", *METRICS]
    before = "val_" * entries["best"].startswith("val_")
    if entries["best"].removeprefix("val_") not in figures:
        near = meant_name(entries["best"].removeprefix("val_"), figures, "metric")
        fix = (
            f"write {before}{near}"
            if near
            else f"the figures are {', '.join(figures)}, with val_ before those of validation"
        )
        raise ValueError(f"sweep.best: there is no figure {entries['best'][:50]!r}; {fix}")
    if "values" not in own:
        raise ValueError("[sweep.values] is missing, which says what differs between runs: learning rates, seeds, ...")
    return Sweep(BY_DEFAULT | settings, read_choices(own["values"]), **entries)


def _check(sweep: Sweep) -> None:
    """Raise ValueError where settings of a run are wrong: each value of a list, and the ends of numbers, are tried."""
    check_settings(dict(sweep.settings))
    ends = {
        name: [choice.low, choice.high] if isinstance(choice, Between) else choice
        for name, choice in sweep.choices.items()
    }
    first = {name: values[0] for name, values in ends.items()}
    for name, values in ends.items():
        whole = name.split(".")[0]
        if whole not in SETTINGS:
            near = meant_name(whole, SETTINGS, "") or {"learning_rate": "optimizer.learning_rate"}.get(whole, "")
            fix = f"write {near}" if near else f"the settings are {', '.join(SETTINGS)}"
            raise ValueError(f"sweep.values: there is no setting {whole[:50]!r}; {fix}")
        for value in values:
            try:
                complete(sweep.with_changes(first | {name: value}))
            except ValueError as error:
                raise ValueError(f"sweep.values.{name} = {short(value)}: {error}") from error
    if sweep.method == "grid":
        next(iter(grid(sweep.choices)))


def _no_part(name: str) -> str:
    if name in SETTINGS and SETTINGS[name].kind == "part":
        return f'{name} needs a name in the settings that all runs have: [{name}] name = "..."'
    return f"{name} has no arguments that could differ"


def sweep_schema() -> Schema:
    """Return the JSON schema of a file of a sweep: that of settings, with the table ``[sweep]``."""
    schema = settings_schema()
    number = {"type": "number"}
    between = {
        "type": "object",
        "properties": {"low": number, "high": number, "log": {"type": "boolean"}},
        "required": ["low", "high"],
        "additionalProperties": False,
    }
    choice = {"anyOf": [{"type": "array", "minItems": 1}, between]}
    arguments = {"type": "object", "additionalProperties": choice}
    values = {
        name: {"anyOf": [*choice["anyOf"], arguments]} if setting.kind == "part" else choice
        for name, setting in SETTINGS.items()
    }
    schema["title"] = "settings of nnfs sweep"
    schema["properties"]["sweep"] = {
        "type": "object",
        "properties": {
            "method": {"enum": list(METHODS), "default": "grid"},
            "runs": {"type": "integer", "minimum": 1, "default": OWN["runs"][1]},
            "seed": {"type": "integer", "minimum": 0, "default": 0},
            "best": {"type": "string", "default": "val_loss"},
            "values": {"type": "object", "properties": values, "additionalProperties": False, "minProperties": 1},
        },
        "required": ["values"],
        "additionalProperties": False,
    }
    schema["required"] = ["sweep"]
    return schema
