"""Resolving the settings of a run: its data are loaded, and what the settings leave open follows from them."""

from __future__ import annotations

import json
import os
from typing import Any

from ..data import DATASETS, SampleFile
from ..data.samples import list_names
from ..losses import LOSSES, BinaryCrossEntropy, CrossEntropy
from ..optimizers import OPTIMIZERS
from .named_networks import describe_network
from .parts import complete_part, make
from .run_samples import as_targets, check_labelled, count_outputs, default_loss, load_samples
from .standardization import scaled_loss, standardized, with_scaled_outputs
from .start import layers_to_start_from


def load_run_samples(settings: dict[str, Any]) -> SampleFile:
    """Load the data that the settings of a run name, with labels in the form that the loss takes.

    Raises ValueError if settings do not fit the data, and FormatError or OSError if these are damaged or missing.
    """
    names = ("data_dir", "target", "sample_weight", "missing", "size", "grey", "dtype")
    samples = load_samples(
        settings["data"],
        class_names=tuple(settings["class_names"] or ()),
        columns=tuple(settings["columns"] or ()),
        drop=tuple(settings["drop"] or ()),
        **{name: settings[name] for name in names},
    )
    y = check_labelled(samples.train, settings["data"]).y
    assert y is not None
    if settings["sample_weight"] is not None and samples.train.weights is None:
        raise ValueError(f"{settings['data']} has no column {settings['sample_weight']!r} for sample_weight")
    loss = settings["loss"]["name"] if settings["loss"] else default_loss(y)
    samples = as_targets(samples, loss)
    return samples._replace(train=scaled_loss(samples.train, loss)) if settings["scale_targets"] else samples


def with_start(settings: dict[str, Any], samples: SampleFile, *, takes_layers: bool) -> dict[str, Any]:
    """Return the settings with the whole path of ``start_from`` and, where they are taken, with its layers."""
    path = os.path.abspath(settings["start_from"])
    layers = settings["layers"]
    if takes_layers:
        y = samples.train.y
        assert y is not None
        loss = make(settings["loss"] or {"name": default_loss(y)}, LOSSES, "loss")
        layers = layers_to_start_from(path, samples.train.x.shape[1:], count_outputs(loss, samples))
    return settings | {"start_from": path, "layers": layers}


def resolve(settings: dict[str, Any], samples: SampleFile) -> dict[str, Any]:
    """Return the settings to write into ``config.json``: paths absolute, defaults and guesses filled in.

    Raises ValueError if settings do not fit the samples.
    """
    y = samples.train.y
    assert y is not None
    # Targets that look like classes have been converted to integers (N,).
    loss = settings["loss"] or {"name": default_loss(y)}
    if settings["class_names"] and y.dtype.kind == "f":
        raise ValueError("class_names is for classes; the targets are numbers to predict")
    if samples.class_names and y.ndim == 1 and loss["name"] not in (CrossEntropy.name, BinaryCrossEntropy.name):
        raise ValueError(
            f"{loss['name']} is for numbers to predict; the targets are classes ({list_names(samples.class_names)}). "
            "Try: --loss cross_entropy"
        )
    outputs = count_outputs(make(loss, LOSSES, "loss"), samples)
    layers = settings["layers"] or describe_network(settings["network"], samples.train.x.shape[1:], outputs)
    if settings["standardize"]:
        layers = standardized(layers, samples.train.x.shape[1:])
    if settings["scale_targets"]:
        layers = with_scaled_outputs(layers)
    paths = {
        name: os.path.abspath(settings[name])
        for name in ("data", "data_dir", "validation_data")
        if settings[name] is not None and settings[name] not in DATASETS
    }
    resolved = settings | paths
    resolved |= {
        "columns": list(_raw_columns(samples)) or None,
        "target": samples.target or settings["target"],
        "class_names": list(samples.class_names) or None,
        "loss": complete_part(loss, LOSSES),
        "optimizer": complete_part(settings["optimizer"], OPTIMIZERS),
        "layers": layers,
    }
    plain: dict[str, Any] = json.loads(json.dumps(resolved, allow_nan=False))
    return plain


def _raw_columns(samples: SampleFile) -> tuple[str, ...]:
    """Return the names of the table's columns that x is made from; () where the table has none."""
    if samples.preprocessing is None or not samples.columns:
        return samples.columns
    return samples.preprocessing.names
