"""Optimizers: rules that change the parameters, given their gradients.

An optimizer holds hyper-parameters only, and can serve many networks. Its memory from step to step is arrays as long as
all parameters together; it belongs to the trainer that calls the optimizer, see `Optimizer.memory`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ..arguments.elsewhere import no_attribute
from ..arguments.names import find_part
from .adaptive_moments import Adam, AdamW
from .groups import Groups
from .lbfgs import LBFGS
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamW",
    "Groups",
    "Optimizer",
    "RMSprop",
    "get_optimizer",
]

OPTIMIZERS: dict[str, type[Optimizer]] = {optimizer.name: optimizer for optimizer in (SGD, Adam, AdamW, RMSprop, LBFGS)}


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Return a new optimizer with this name and default arguments; an `Optimizer` is returned unchanged.

    Raises ValueError for an unknown name, whose message gives the name that is meant or all names, and DTypeError for a
    class.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    return find_part(optimizer, OPTIMIZERS, "optimizer")()  # type: ignore[call-arg]


if not TYPE_CHECKING:  # to a type checker every name would be there

    def __getattr__(name: str) -> NoReturn:
        raise no_attribute(__name__, name)
