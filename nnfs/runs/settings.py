"""The settings of a run: their names, kinds and defaults, and the files that hold them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..arguments.names import meant_name
from ..arguments.shapes import read_size
from ..augmentation import Crop, Cutout, Flip, Noise, Rotation, Shift
from ..callbacks import EMA, EarlyStopping, ReduceOnPlateau, Statistics, StopOnNonFinite
from ..errors import FormatError, naming
from ..io import strict_json
from ..losses import LOSSES
from ..metrics import METRICS
from ..network.preprocessing import check_missing
from ..optimizers import OPTIMIZERS
from ..system.files import open_regular
from .named_networks import NAMED_NETWORKS, make_layers
from .parts import Part, check_part, describe_part, make
from .rates import RATES

CALLBACKS: dict[str, Callable[..., Any]] = {
    callback.__name__: callback for callback in (EarlyStopping, ReduceOnPlateau, Statistics, StopOnNonFinite, EMA)
}
AUGMENTATIONS: dict[str, Callable[..., Any]] = {
    augmentation.__name__: augmentation for augmentation in (Flip, Shift, Crop, Rotation, Cutout, Noise)
}
PARTS: dict[str, tuple[Mapping[str, Callable[..., Any]], int]] = {
    "network": (NAMED_NETWORKS, 2),
    "loss": (LOSSES, 0),
    "optimizer": (OPTIMIZERS, 0),
    "schedule": (RATES, 3),
    "augment": (AUGMENTATIONS, 0),
    "callbacks": (CALLBACKS, 0),
}
"""For each setting that is a part: the names it may have, and how many first arguments nnfs passes, not the user."""

LARGEST_NUMBER = sys.float_info.max
LARGEST_FILE = 2**24
"""The bytes that a file of settings may have: enough for the names of a million classes or columns."""


class Setting(NamedTuple):
    """A setting: its kind, which is a key of `KINDS`, its default, and its help text.

    A default of None means that the setting is not given.
    """

    kind: str
    default: Any
    help: str


SETTINGS = {
    "data": Setting(
        "text", None, "a data set by name, a .npz, .csv, .tsv or .parquet file, or a folder of images by class"
    ),
    "data_dir": Setting("text", None, "the folder that holds Fashion-MNIST"),
    "target": Setting("text", None, "the column of a table with the labels, by name, or by number from 0 (the last)"),
    "sample_weight": Setting("text", None, "the column of a table that says what each sample counts in training"),
    "columns": Setting("texts", None, "the columns of a table with the numbers, by name in their order (all others)"),
    "drop": Setting("texts", None, "columns of a table to leave out, by name, or by number from 0"),
    "missing": Setting(
        "text", None, "values of a table: mean takes that of the column, drop leaves the sample out (an error)"
    ),
    "size": Setting("text", None, "of images, to which they are resized, as width x height, such as 32x32 (their own)"),
    "grey": Setting("flag", None, "whether images are read in grey, or in colour (as they are)"),
    "class_names": Setting("texts", None, "the names of the classes in their order (those that the data have)"),
    "network": Setting(
        "part", {"name": "mlp"}, f"{', '.join(NAMED_NETWORKS)}, or a TOML or JSON file with layers (mlp)"
    ),
    "layers": Setting("parts", None, "the layers, instead of a network by name"),
    "start_from": Setting(
        "text",
        None,
        "a file of a network or the folder of a run, whose layers and weights are taken; the last layer is new where "
        "the outputs are others; with --network or layers, what fits them",
    ),
    "freeze": Setting("text", None, "layers that stay as they are, as in 0-2,4.body.0 (none)"),
    "dtype": Setting("text", "float32", "what numbers are rounded to and computed in: float32 or float64 (float32)"),
    "seed": Setting("integer", 0, "where all random numbers come from (0)"),
    "loss": Setting("part", None, f"{', '.join(LOSSES)} (cross_entropy for classes, else mean_squared_error)"),
    "optimizer": Setting("part", {"name": "adam"}, f"{', '.join(OPTIMIZERS)} (adam)"),
    "schedule": Setting(
        "part", {"name": "constant"}, f"of the learning rate, in epochs: {', '.join(RATES)} (constant)"
    ),
    "metrics": Setting("texts", None, f"what to report beside the loss: {', '.join(METRICS)} (what goes with it)"),
    "epochs": Setting("count", 10, "how often all samples are taken (10)"),
    "batch_size": Setting("count", 32, "how many samples a step takes (32)"),
    "accumulate": Setting("count", 1, "how many batches a step takes, one after the other (1)"),
    "shards": Setting("count", None, "into how many parts, a power of two, each batch is divided (not at all)"),
    "validation_data": Setting("text", None, "other data to validate on after each epoch"),
    "validation_split": Setting(
        "number", None, "instead: the share of the training part to hold out, 0 for none (0.1, where there are enough)"
    ),
    "shuffle": Setting(
        "flag",
        True,
        "whether each epoch has its own random order (yes); if not, all have that of the data, mixed once where "
        "samples are held out at random",
    ),
    "standardize": Setting(
        "flag", False, "whether columns, not targets, get mean 0 and spread 1 of the samples trained on (no)"
    ),
    "scale_targets": Setting(
        "flag",
        False,
        "whether numbers to predict are scaled to mean 0 and spread 1 in training, and predictions scaled back (no)",
    ),
    "class_weight": Setting(
        "weights",
        None,
        "what samples of a class count in training, such as cat=10; or balanced: all classes count the same",
    ),
    "clip_norm": Setting("number", None, "a bound for the norm of all gradients together"),
    "clip_value": Setting("number", None, "a bound for each number of the gradients"),
    "augment": Setting("parts", [], f"{', '.join(AUGMENTATIONS)}; may be repeated"),
    "callbacks": Setting(
        "parts", [], f"{', '.join(CALLBACKS)}; may be repeated; what Statistics sees is in history.json"
    ),
    "checkpoint_epochs": Setting(
        "integer",
        None,
        "after how many epochs to save all that resuming needs, 0 for never (each, as far as that takes at most a "
        "twentieth of the time)",
    ),
    "checkpoint_steps": Setting("integer", 0, "after how many steps to save it, 0 for never (0)"),
}
"""Every setting by its name. A setting that is an argument of ``fit`` has the name of the argument."""

KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "text": ("a text", lambda value: isinstance(value, str)),
    "count": ("an integer from 1", lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1),
    "integer": (
        "an integer from 0",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    ),
    "number": (
        "a finite number",
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER,
    ),
    "flag": ("true or false", lambda value: isinstance(value, bool)),
    "texts": ("a list of texts", lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value)),
    "part": ('a name and arguments: {name = "...", ...}', lambda value: isinstance(value, dict)),
    "parts": ('a list of {name = "...", ...}, made by [[double brackets]]', lambda value: isinstance(value, list)),
    "weights": (
        'a number for each class, or "balanced"',
        lambda value: value == "balanced" or (isinstance(value, dict) and all(map(KINDS["number"][1], value.values()))),
    ),
}


def load_settings(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read settings from a TOML file, or from a JSON file such as the ``config.json`` of a run.

    Parameters
    ----------
    path : path
        A name that ends in ``.json`` is read as JSON, any other as TOML.

    Returns
    -------
    dict
        The settings that the file gives, checked, by name.

    Raises
    ------
    FormatError
        At the first wrong entry. The message has the path, the entry, its value and the names that exist.
    OSError
        If the file cannot be read.
    """
    return read_settings(path, check_settings)


def read_settings(path: str | os.PathLike[str], check: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return what a file of settings holds; errors, and those that ``check`` raises for it, name the file."""
    import tomllib

    with naming(path):
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > LARGEST_FILE:
                raise FormatError(f"got {size:,} bytes, wanted settings, which have at most {LARGEST_FILE:,}")
            data = file.read(LARGEST_FILE)
        try:
            is_json = os.fspath(path).lower().endswith(".json")
            found = strict_json.parse(data.decode()) if is_json else tomllib.loads(_checked_names(data.decode()))
            if not isinstance(found, dict):
                raise ValueError(f"got {strict_json.short(found)}, wanted settings by name")
            check(found)
        except UnicodeDecodeError as error:
            raise FormatError(f"is not UTF-8 text: byte {error.start}") from error
        except RecursionError as error:
            raise FormatError("its tables and lists are nested too deeply") from error
        except ValueError as error:
            raise FormatError(str(error)) from error
        return found


def _checked_names(text: str) -> str:
    """Return the TOML text unchanged; raise ValueError if a dotted name ``a.b.c...`` has very many parts.

    The time that tomllib takes for such a name grows with the square of the number of its parts.
    """
    if found := re.search(rf"(?:\.[^.\n=,]+){{{strict_json.DEEPEST}}}", text):
        raise ValueError(f"got a name of more than {strict_json.DEEPEST} parts: {strict_json.short(found[0])}")
    return text


def complete(given: dict[str, Any]) -> dict[str, Any]:
    """Check the given settings and return all settings, with defaults for those that are not given.

    Raises ValueError at the first wrong setting, and FormatError if it is in the file of the network.
    """
    check_settings(given)
    settings = {name: setting.default for name, setting in SETTINGS.items()} | given
    name = settings["network"]["name"]
    if settings["layers"] is None and name not in NAMED_NETWORKS:
        if words := [f"{key}={value}" for key, value in settings["network"].items() if key != "name"]:
            raise ValueError(
                f"network: {name} lists all of its layers and takes no arguments, got {' '.join(words)[:100]}"
            )
        settings["layers"] = read_settings(name, _check_layers)["layers"]
    if settings["validation_data"] is not None and settings["validation_split"]:
        raise ValueError("give validation_data or validation_split, not both")
    if settings["data"] is None:
        raise ValueError(
            "data is missing: a data set by name, a .npz, .csv, .tsv or .parquet file, or a folder of images; on the "
            "command line it goes first: nnfs train DATA --metrics ..."
        )
    return settings


def _check_layers(found: dict[str, Any]) -> None:
    """Raise ValueError if the content of a network's file has no layers, or wrong settings."""
    if not found.get("layers"):
        raise ValueError("there are no layers in it, wanted [[layers]] with a name each")
    check_settings(found)


def describe_parts() -> dict[str, list[str]]:
    """Return the choices of each setting that is a part, as words of the command line with all arguments.

    Keys are names of settings. Values are lists of texts such as ``"sgd learning_rate=0.01 momentum=0.0"``.
    """
    return {
        name: [describe_part(part, function, own) for part, function in known.items()]
        for name, (known, own) in PARTS.items()
    }


def check_settings(given: dict[str, Any]) -> None:
    """Raise ValueError at the first setting whose name does not exist, or whose value is wrong."""
    for name, value in given.items():
        if name not in SETTINGS:
            raise ValueError(f"there is no setting {name[:50]!r}; the settings are {', '.join(SETTINGS)}")
        wanted, is_right = KINDS[SETTINGS[name].kind]
        if value is None and SETTINGS[name].default is None:
            continue
        if SETTINGS[name].kind == "part":
            check_part(value, name)
        if not is_right(value):
            raise ValueError(f"{name} is {strict_json.short(value)}; it must be {wanted}")
    if given.get("dtype", "float32") not in ("float32", "float64"):
        raise ValueError(f"dtype is {given['dtype']!r}; it must be float32 or float64")
    check_missing(given.get("missing"))
    if given.get("size") is not None:
        read_size(given["size"])
    if not 0 <= (given.get("validation_split") or 0) < 1:
        raise ValueError(f"validation_split is {given['validation_split']}; it must be a share from 0 to below 1")
    if given.get("network") is not None:
        _check_network(given["network"])
    make_layers(given.get("layers") or [])
    for name in ("augment", "callbacks"):
        for index, part in enumerate(given.get(name) or []):
            make(part, PARTS[name][0], f"{name}[{index}]")
    for name in ("loss", "optimizer"):
        if given.get(name) is not None:
            make(given[name], PARTS[name][0], name)
    if "schedule" in given:
        make(given["schedule"], RATES, "schedule", 0.1, 1, 1)


def _check_network(part: Part) -> None:
    """Raise ValueError if a network's name does not exist, or if the network does not accept the arguments."""
    name = part["name"]
    if name in NAMED_NETWORKS:
        make(part, NAMED_NETWORKS, "network", (1, 28, 28), 1)
    elif os.path.splitext(name)[1] not in (".toml", ".json"):
        meant = meant_name(name, NAMED_NETWORKS, "network")
        fix = f"write {meant}" if meant else f"the names are {', '.join(NAMED_NETWORKS)}"
        raise ValueError(f"network: there is no {name[:50]!r}; {fix}, or give a .toml or .json file")
