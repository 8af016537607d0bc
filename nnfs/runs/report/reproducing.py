"""How to reproduce a run: the command, the seed, the digests of weights and data, the versions."""

from __future__ import annotations

import shlex
from typing import Any

from ...data import DATASETS
from ..named_networks import NAMED_NETWORKS, describe_network
from ..parts import complete_part, write_pairs
from ..settings import PARTS, SETTINGS
from .record import Record

VERSIONS = ("nnfs", "numpy", "python", "backend", "isa", "blas", "threads", "processes", "processor", "system")
"""The entries of a run's environment on which its last bits may depend, or that say how fast it was."""


def reproducing_facts(record: Record) -> dict[str, Any]:
    """Return the command that trains a run again, or None if a file alone can, and what to compare it with."""
    network = record.network
    return {
        "command": command_of(record),
        "from_file": f"nnfs train --config {shlex.quote(record.path + '/config.json')} --name NAME",
        "file": None if record.settings["data"] in DATASETS else record.settings["data"],
        "seed": record.settings["seed"],
        "weights": None if network is None else network.digest(),
        "weights_of": record.network_of,
        "data": record.data_digest,
        "versions": {name: record.environment.get(name) for name in VERSIONS if name in record.environment},
    }


def command_of(record: Record) -> str | None:
    """Return the command of ``nnfs train`` that has the settings of a run; None if its layers need a file."""
    settings = record.settings
    name = settings["network"]["name"]
    if name not in NAMED_NETWORKS or not _is_named(record):
        return None
    words = ["nnfs", "train", str(settings["data"])]
    for setting, known in SETTINGS.items():
        value = settings[setting]
        if setting in ("data", "layers", "columns", "validation_split") or value == known.default:
            continue
        if setting == "class_names" and not _is_renamed(record):
            continue
        words += _words(setting, known.kind, value)
    if settings["validation_data"] is None and settings["validation_split"] is not None:
        words += ["--validation-split", str(settings["validation_split"])]
    return shlex.join(words)


def _words(setting: str, kind: str, value: Any) -> list[str]:
    option = "--" + setting.replace("_", "-")
    match kind:
        case "flag":
            return [option if value else f"--no-{option[2:]}"]
        case "texts":
            return [option, *value]
        case "part":
            return [option, *_part(setting, value)]
        case "parts":
            return [word for part in value for word in (option.removesuffix("s"), *_part(setting, part))]
        case "weights":
            return [option, *([value] if isinstance(value, str) else write_pairs(value))]
    return [option, str(value)]


def _part(setting: str, part: dict[str, Any]) -> list[str]:
    known, own = PARTS[setting]
    # Of functions whose first arguments nnfs passes, the defaults are not filled in.
    default = {} if own else complete_part({"name": part["name"]}, known)
    given = {key: value for key, value in part.items() if key != "name" and (key, value) not in default.items()}
    return [part["name"], *write_pairs(given)]


def _is_named(record: Record) -> bool:
    """Return whether the layers of a run are those of its network by name."""
    if record.network is None:
        return True
    network = record.network
    layers = record.settings["layers"]
    named = describe_network(record.settings["network"], network.input_shape, network.output_shape[0])
    if layers is None:
        return True
    first, last = int(record.settings["standardize"]), int(record.settings["scale_targets"])
    return layers == named or layers[first : len(layers) - last] == named


def _is_renamed(record: Record) -> bool:
    """Return whether the names of the classes are others than the data give by themselves."""
    names = record.settings["class_names"] or []
    if record.settings["data"] in DATASETS:
        return record.samples is not None and bool(record.samples.changes)
    return bool(names != sorted(names))
