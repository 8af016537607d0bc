"""Whether the data of a run are those that it was trained on: its checkpoints hold a digest of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...data import Samples
from ...errors import FormatError
from ...io.checkpoints import load_checkpoint
from ...sequential import Sequential
from ...system.digest import digest_of_samples


def digest_now(network: Sequential, train: Samples) -> str:
    """Return the SHA-256 of the training samples as they are read now, in the form in which `fit` takes them."""
    assert network.loss is not None
    y = network.loss.check_targets(train.y, network.output_shape, network.dtype)
    return digest_of_samples((train.x, y, train.weights))


def digest_then(settings: dict[str, Any], checkpoints: Sequence[str]) -> str | None:
    """Return the digest of the training samples in the newest whole checkpoint; None if there is none.

    It is also None for a training with weights of classes or samples, which the digest covers too.
    """
    if settings["class_weight"] is not None or settings["sample_weight"] is not None:
        return None
    for path in reversed(checkpoints):
        try:
            data = load_checkpoint(path).get("data")
        except (FormatError, OSError):
            continue
        return data[0] if isinstance(data, list) and data and isinstance(data[0], str) else None
    return None
