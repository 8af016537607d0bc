"""Losses by name, and the loss that a network remembers from its training."""

from __future__ import annotations

from typing import Any

from ..arguments.names import find_part
from .binary_cross_entropy import BinaryCrossEntropy
from .cross_entropy import CrossEntropy
from .huber import Huber
from .l1 import L1
from .loss import Loss
from .mean_squared_error import MeanSquaredError

LOSSES: dict[str, type[Loss]] = {
    loss.name: loss for loss in (MeanSquaredError, L1, Huber, CrossEntropy, BinaryCrossEntropy)
}


def get_loss(loss: str | Loss) -> Loss:
    """Return a new loss with this name and default arguments; a `Loss` is returned unchanged.

    Raises DTypeError for a class, and ValueError for an unknown name; the message gives the name that is meant, or all.
    """
    if isinstance(loss, Loss):
        return loss
    return find_part(loss, LOSSES, "loss")()


class KnownLoss:
    """Describe the attribute ``loss`` of a network: it returns a `Loss` or None, and may be set by name."""

    def __get__(self, network: Any, kind: Any = None) -> Loss | None:
        return None if network is None else network._loss

    def __set__(self, network: Any, loss: str | Loss | None) -> None:
        network._loss = None if loss is None else get_loss(loss)


def loss_for(loss: str | Loss | None, trained: Loss | None, method: str) -> Loss:
    """Return the given loss, or for None the ``trained`` one; raise ValueError, which names ``method``, for neither."""
    if loss is not None:
        return get_loss(loss)
    if trained is None:
        fix = f"give it loss=, one of {', '.join(LOSSES)}"
        if method.startswith("predict"):
            fix = "train it, or set net.loss = nnfs.losses.CrossEntropy()"
        raise ValueError(f"{method} needs to know the loss, and the network was never trained; {fix}")
    return trained
