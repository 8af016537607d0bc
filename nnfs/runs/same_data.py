"""Whether the data of a run are those that it was trained on: its checkpoints hold a digest of them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..data import DATASETS, SampleFile, Samples
from ..errors import FormatError
from ..io.checkpoints import list_checkpoints, load_checkpoint
from ..sequential import Sequential
from ..system.digest import digest_of_samples
from .folder import CHECKPOINTS, CONFIG
from .run_samples import is_table
from .settings import complete
from .validation import choose_validation


def digest_now(network: Sequential, train: Samples) -> str:
    """Return the SHA-256 of the training samples as they are read now, in the form in which `fit` takes them."""
    assert network.loss is not None
    y = network.loss.check_targets(train.y, network.output_shape, network.dtype)
    return digest_of_samples((train.x, y, train.weights))


def about_samples(network: Sequential, train: Samples) -> dict[str, Any]:
    """Return what tells training samples from others: how many there are, and digests of their numbers and weights."""
    weights = None if train.weights is None else digest_of_samples((train.weights,))
    numbers = digest_now(network, train._replace(weights=None))
    return {"samples": len(train.x), "numbers": numbers, "weights": weights}


def check_unchanged(folder: Path, settings: dict[str, Any], now: dict[str, Any]) -> None:
    """Raise ValueError where the training samples are no longer those of the run's checkpoints, as far as is known."""
    then = _about_samples_then(list_checkpoints(folder / CHECKPOINTS))
    if then is None or then == now:
        return
    config = shlex.quote(str(folder / CONFIG))
    before = f"gave {then['samples']:,} samples then, and " if then["samples"] != now["samples"] else ""
    raise ValueError(
        f"{settings['data']} has changed since {folder} began, or is read otherwise: it {before}gives "
        f"{now['samples']:,} samples now. Try: put the old file back, or train a new run: nnfs train --config {config} "
        "--name NAME"
    )


def _about_samples_then(checkpoints: Sequence[str]) -> dict[str, Any] | None:
    """Return what the newest whole checkpoint knows of the training samples; None where it knows nothing."""
    for path in reversed(checkpoints):
        try:
            callbacks = load_checkpoint(path)["callbacks"]
            found = next(callback["state"]["data"] for callback in callbacks if callback["name"] == "RunFiles")
        except (FormatError, OSError, LookupError, TypeError, StopIteration):
            continue
        return found if isinstance(found, dict) and found.keys() == {"samples", "numbers", "weights"} else None
    return None


def samples_trained_on(
    folder: str, settings: dict[str, Any], network: Sequential, samples: SampleFile, source: str, part: str | None
) -> int:
    """Return how many of these samples a run was trained on; 0 where they are others, as far as the run knows.

    ``samples`` are one part of ``source``, as `nnfs.runs.matching.load_matching` gives it.
    """
    loss, known = network.loss, settings.get("data")
    if loss is None or known is None or not _is_one_path(known, source):
        return 0
    then = digest_then(settings, list_checkpoints(os.path.join(folder, CHECKPOINTS)))
    is_known = is_table(source) or part == "train" if then is None else then == digest_now(network, samples.train)
    return choose_validation(complete(settings), samples, network, loss).trained_on if is_known else 0


def _is_one_path(one: str, other: str) -> bool:
    return one == other if one in DATASETS or other in DATASETS else os.path.realpath(one) == os.path.realpath(other)


def digest_then(settings: dict[str, Any], checkpoints: Sequence[str]) -> str | None:
    """Return the digest of the training samples in the newest whole checkpoint; None if there is none.

    It is also None for a training with weights of classes or samples, which the digest covers too.
    """
    is_weighted = settings["class_weight"] is not None or settings["sample_weight"] is not None
    if is_weighted or settings.get("scale_targets"):
        return None
    for path in reversed(checkpoints):
        try:
            data = load_checkpoint(path).get("data")
        except (FormatError, OSError):
            continue
        return data[0] if isinstance(data, list) and data and isinstance(data[0], str) else None
    return None
