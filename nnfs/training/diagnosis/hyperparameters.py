"""Symptoms of hyperparameters: numbers of the optimizer, the loss and the layers with which nothing can be learned."""

from __future__ import annotations

from ...layers import Dropout
from .case import Case, layer_at
from .finding import Finding

MOST_DECAY = {"AdamW": 3.0}
"""The largest weight decay with which networks still learn; `MOST_ADDED_DECAY` of other optimizers."""
MOST_ADDED_DECAY = 0.5
MOST_DROPPED, MOST_SMOOTHED, LEAST_CLIP = 0.9, 0.5, 1e-3


def strong_decay(case: Case) -> Finding | None:
    """Find a weight decay that keeps all weights near 0."""
    decay = 0.0 if case.optimizer is None else case.optimizer.weight_decay
    # With SGD and Adam the moons end at an accuracy of 1 with 0.01, and at chance with 1; with AdamW at 0.99 with 1.
    if decay <= MOST_DECAY.get(type(case.optimizer).__name__, MOST_ADDED_DECAY):
        return None
    return Finding(
        "the weight decay is so strong that weights stay near 0",
        "optimizer",
        f"weight_decay={decay:g}",
        "weight_decay=0.0001 in the optimizer",
        "weight_decay=0.0001 behind --optimizer",
    )


def heavy_dropout(case: Case) -> Finding | None:
    """Find a dropout that leaves next to nothing."""
    for name, chain, index in case.network.layers.walk():
        layer = chain[index]
        if isinstance(layer, Dropout) and layer.rate > MOST_DROPPED:
            return Finding(
                "dropout drops nearly everything, so that the loss of training stays high whatever is learned",
                layer_at(name, layer),
                f"one number kept of {1 / (1 - layer.rate):.0f}",
                "Dropout(0.5)",
                "dropout=0.5 behind --network",
            )
    return None


def strong_smoothing(case: Case) -> Finding | None:
    """Find a label smoothing that makes all classes alike."""
    smoothing = vars(case.loss).get("label_smoothing", 0)
    if smoothing <= MOST_SMOOTHED:
        return None
    return Finding(
        "label smoothing is so strong that all classes are nearly alike",
        "loss",
        f"label_smoothing={smoothing:g}",
        "nnfs.losses.CrossEntropy(label_smoothing=0.1)",
        "--loss cross_entropy label_smoothing=0.1",
    )


def tight_clip(case: Case) -> Finding | None:
    """Find a bound of gradients with which SGD takes steps of nearly nothing; Adam makes any gradient a usual step."""
    limit = 1.0 if case.clip is None else case.clip.limit
    if limit >= LEAST_CLIP or type(case.optimizer).__name__ != "SGD":
        return None
    name = "clip_norm" if type(case.clip).__name__ == "ClipNorm" else "clip_value"
    return Finding(
        "gradients are clipped to nearly nothing, so that weights hardly change",
        "fit",
        f"{name}={limit:g}",
        f"fit(..., {name}=1.0)",
        f"--{name.replace('_', '-')} 1",
    )


SYMPTOMS = (strong_decay, heavy_dropout, strong_smoothing, tight_clip)
