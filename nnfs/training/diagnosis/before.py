"""Symptoms that are there before the first step: of data, hyperparameters and layers."""

from __future__ import annotations

from . import data, hyperparameters, network, targets, validated

OF_A_BATCH = (data.raw_pixels, data.unscaled_columns, targets.large_targets)
"""Those that a batch shows, where samples come from an iterable."""
SYMPTOMS = (
    *data.SYMPTOMS,
    *targets.SYMPTOMS,
    *validated.SYMPTOMS,
    *hyperparameters.SYMPTOMS,
    *network.SYMPTOMS,
)
