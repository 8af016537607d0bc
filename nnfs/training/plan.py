"""The plan of a training: what the arguments of `fit` become, checked, before anything is changed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count, as_flag
from ..errors import ShapeError
from ..metrics import check_metrics
from ..network.network import BATCH_SIZE
from .array_batches import ArrayBatches
from .batches import Batches, as_batches
from .class_weight import ClassWeight
from .gate import Gate
from .shards import Shards
from .split import hold_out
from .step import Stepper

# A text, since looking at numpy.random imports it, with hashlib and more.
Augmentation: TypeAlias = "Callable[[Array, np.random.Generator], Array]"


@dataclass(frozen=True)
class Plan:
    """Hold what one call of `fit` is to do.

    Attributes
    ----------
    epochs : int
        How many epochs there will be.
    batches : ArrayBatches or IterableBatches
        What is trained on, without the samples that are held out.
    validation : ArrayBatches, IterableBatches or None
        What is evaluated after each epoch.
    held_out : float
        The share of the samples that is held out for validation; 0 for none.
    class_weight : ClassWeight or None
        What samples of each class count.
    augment : list of functions of (x, rng)
        What changes each batch at random, one after the other.
    callbacks : list of Callback
        What is called on the way.
    shards : Shards or None
        What divides each batch.
    """

    epochs: int
    batches: Batches
    validation: Batches | None
    held_out: float
    class_weight: ClassWeight | None
    augment: Sequence[Augmentation]
    callbacks: Sequence[Any]  # a `Callback` is given a `Training`, which is made of a plan
    shards: Shards | None = None


def training_batches(
    trainer: Stepper,
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: Any,
    steps_per_epoch: Any,
    shuffle: Any,
    accumulate: Any = 1,
) -> Batches:
    """Return the batches of all samples that `fit` is given; its arguments are checked here."""
    return as_batches(
        x,
        y,
        sample_weight,
        trainer.gate,
        batch_size=None if batch_size is None else as_count(batch_size, "fit: batch_size"),
        default_size=max(1, len(x)) if trainer.optimizer.needs_all_samples and y is not None and np.ndim(x) else 32,
        rng=trainer.network.shuffling if as_flag(shuffle, "fit: shuffle") else None,
        steps_per_epoch=None if steps_per_epoch is None else as_count(steps_per_epoch, "fit: steps_per_epoch"),
        accumulate=as_count(accumulate, "fit: accumulate"),
    )


def targets_of(batches: Batches, are_needed: bool) -> Array | None:
    """Return all targets of arrays where something needs them: those of a memory-mapped file are read here, once."""
    return batches.targets() if are_needed and isinstance(batches, ArrayBatches) else None


def class_weight_of(trainer: Stepper, class_weight: Any, targets: Array | None) -> ClassWeight | None:
    """Return what weighs samples by their class, given all targets; None where ``class_weight`` is None."""
    if class_weight is None:
        return None
    network = trainer.network
    return ClassWeight(class_weight, trainer.loss, network.output_shape, network.dtype, targets)


def with_validation(
    trainer: Stepper, batches: Batches, targets: Array | None, data: Any, held_out: float
) -> tuple[Batches, Batches | None]:
    """Return the batches to train on and those to validate on, which are None where there is no validation.

    They are ``data``, the ``validation_data`` of `fit`, or a share ``held_out`` of the samples. Which samples that are
    follows from the network's seed, the targets and the share: no generator of the network moves on.
    """
    if data is not None and held_out:
        raise ValueError("fit: give validation_data or validation_split, not both")
    if data is not None:
        return batches, _validation(data, trainer.gate)
    if not held_out:
        return batches, None
    if targets is None or not isinstance(batches, ArrayBatches):
        raise ValueError("fit: validation_split needs arrays x and y; give validation_data instead")
    kept, held = hold_out(trainer.network.seed, trainer.loss, targets, held_out)
    validation = batches.only(held, batch_size=BATCH_SIZE, rng=None, which="validation ", accumulate=1)
    return batches.only(kept), validation


def check_batches(trainer: Stepper, batches: Batches) -> None:
    """Raise an error for batches of arrays that a metric or a layer cannot take, before an epoch is lost on them.

    A metric is tried on one target. The last batch of an epoch, which no other is smaller than, must have enough
    samples for each layer. More batches a step than an epoch has are a warning.
    """
    if not isinstance(batches, ArrayBatches):
        return
    network, accumulate = trainer.network, batches.accumulate
    if accumulate > (in_all := -(-batches.samples // batches.batch_size)):
        warnings.warn(
            f"fit: accumulate={accumulate}, but an epoch has {in_all} batches of {batches.batch_size}, so that each is "
            f"one step on all {batches.samples} samples; write accumulate={in_all}, or less",
            UserWarning,
            stacklevel=4,
        )
    check_metrics(trainer.metrics, np.zeros((1, *network.output_shape), network.dtype), batches.targets(slice(1)))
    samples, batch_size, smallest = batches.samples, batches.batch_size, batches.smallest
    for name, chain, index in network.layers.walk():
        fewest = chain[index].fewest_samples(chain.shapes[index])
        if smallest >= fewest:
            continue
        sizes = (size for size in range(batch_size + 1, samples + 1) if (samples - 1) % size + 1 >= fewest)
        raise ShapeError(
            f"fit: layer {name}, {chain[index]!r}, needs at least {fewest} samples in each batch of training, but "
            f"{samples} samples in batches of {batch_size} leave a last batch of {smallest}; "
            f"{next((f'choose batch_size={size}' for size in sizes), 'give it more samples')}"
        )


def _validation(data: Any, gate: Gate) -> Batches:
    if not isinstance(data, tuple | list) or (isinstance(data, list) and data and isinstance(data[0], tuple)):
        if isinstance(data, np.ndarray):
            raise ShapeError("fit: validation_data must be (x, y), (x, y, sample_weight) or an iterable of batches")
        return as_batches(data, None, None, gate, batch_size=None, default_size=BATCH_SIZE, which="validation ")
    if len(data) not in (2, 3):
        raise ShapeError(f"fit: validation_data must be (x, y) or (x, y, sample_weight), got {len(data)} items")
    x, y, *rest = data
    weights = rest[0] if rest else None
    return as_batches(x, y, weights, gate, batch_size=None, default_size=BATCH_SIZE, which="validation ")
