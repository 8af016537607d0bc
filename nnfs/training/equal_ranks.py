"""Equal ranks: what all processes that train one network must have in common, compared before and in a training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import WorkerError
from ..ranks.ranks import Ranks
from .differences import differences_of
from .environment import environment

if TYPE_CHECKING:
    from .training import Training

MOST = 20
"""How many differences an error lists."""


def check_begins_equal(training: Training) -> None:
    """Raise an error where ranks would not train one network: on all of them, with what differs.

    Raises
    ------
    WorkerError
        Where versions, kernels, settings, data, weights or callbacks differ.
    ValueError
        For batches of an iterable, which cannot be compared; those of a `nnfs.data.Loader` can.
    """
    if training.ranks.size > 1 and training.batches.digest() is None:
        raise ValueError(
            "fit: several processes train on arrays or on a nnfs.data.Loader; whether an iterable gives all of them "
            "the same batches cannot be compared"
        )
    check_equal(training.ranks, lambda: _identity(training))


def check_equal(ranks: Ranks, describe: Callable[[], dict[str, Any]]) -> None:
    """Raise WorkerError on all ranks where ``describe()``, plain data, is not equal on all of them."""
    if ranks.size == 1:  # what nobody compares need not be computed
        return
    first, *others = ranks.all_of(describe())
    found = []
    for rank, other in enumerate(others, 1):
        found += differences_of(first, other, text=f"{{name}} is {{saved!r}} on rank 0, {{here!r}} on rank {rank}")
    if found:
        more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
        raise WorkerError(f"the processes do not train the same: {'; '.join(found[:MOST])}{more}")


def _identity(training: Training) -> dict[str, Any]:
    network, trainer, validation = training.network, training.trainer, training.validation
    return {
        **environment(network.nodes),
        "settings": training.settings,
        "epochs": training.epochs,
        "data": training.batches.digest(),
        "validation data": None if validation is None else validation.digest(),
        "weights": network.digest(),
        "frozen": network.layers.frozen,
        "steps": trainer.steps,
        "callbacks": [type(callback).__name__ for callback in training.callbacks if not callback.writes],
    }
