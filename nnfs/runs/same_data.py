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


def check_unchanged(folder: Path, settings: dict[str, Any], network: Sequential, train: Samples) -> None:
    """Raise ValueError where the training samples are no longer those of the run's checkpoints, as far as is known."""
    then = digest_then(settings, list_checkpoints(folder / CHECKPOINTS))
    if then is None or then == digest_now(network, train):
        return
    config = shlex.quote(str(folder / CONFIG))
    raise ValueError(
        f"{settings['data']} has changed since {folder} began, or is read otherwise: it gives {len(train.x):,} samples "
        f"now. Try: put the old file back, or train a new run: nnfs train --config {config} --name NAME"
    )


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
