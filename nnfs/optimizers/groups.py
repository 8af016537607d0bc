"""Groups of parameters, each with an optimizer of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .._kernels.interface import Array
from ..errors import DTypeError
from ..schedules import Schedule
from .optimizer import Optimizer


class Groups(Optimizer):
    """Give groups of parameters optimizers of their own, such as a smaller learning rate or no weight decay.

    ``Groups(Adam(1e-3), {"0": Adam(1e-5), "*.bias": Adam(1e-3, weight_decay=0)})`` trains layer 0 slowly. Its memory
    has the arrays that any of its optimizers needs. What reports a learning rate shows that of ``others``; what changes
    it, such as `nnfs.callbacks.ReduceOnPlateau`, changes all by the same factor.

    Parameters
    ----------
    others : Optimizer
        For all parameters that are in no group.
    groups : dict of str to Optimizer
        By the name of a parameter (``"0.weight"``), of a layer (``"0"``, ``"4.body.0"``), or a pattern
        (``"*.bias"``); the first that fits a parameter is its group.
    """

    name = "groups"

    def __init__(self, others: Optimizer, groups: Mapping[str, Optimizer]) -> None:
        if not isinstance(groups, Mapping):
            raise DTypeError(f"Groups: groups must be optimizers by the names of parameters, got {groups!r}")
        for key in groups:
            if not isinstance(key, str):
                raise DTypeError(f"Groups: the name {key!r} of a group must be a text; for a layer write '{key}'")
        for each in (others, *groups.values()):
            if not isinstance(each, Optimizer):
                raise DTypeError(f"Groups: {each!r} must be an optimizer, such as nnfs.optimizers.Adam(1e-3)")
            if isinstance(each, Groups) or each.needs_all_samples:
                raise DTypeError(f"Groups: {type(each).__name__} can be no part of Groups, and trains alone")
        self.others, self.groups = others, dict(groups)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("learning_rate", "schedule"):
            raise AttributeError(f"each optimizer of Groups has its own; write optimizer.others.{name} = ...")
        super().__setattr__(name, value)

    @property
    def learning_rate(self) -> float | Schedule:  # type: ignore[override]
        """That of ``others``."""
        return self.others.learning_rate

    @property
    def schedule(self) -> Schedule:  # type: ignore[override]
        """That of ``others``."""
        return self.others.schedule

    @property
    def weight_decay(self) -> float:  # type: ignore[override]
        """That of ``others``."""
        return self.others.weight_decay

    def of(self, name: str) -> Optimizer:
        return next((self.groups[key] for key in self.groups if _stands_for(key, name)), self.others)

    def check_names(self, names: Collection[str]) -> None:
        for key in self.groups:
            if not any(_stands_for(key, name) for name in names):
                raise ValueError(f"Groups: no parameter is called {key!r}; the names are {', '.join(names):.200}")

    def rate(self, step: int) -> float:
        return self.others.rate(step)

    def scaled(self, factor: float, minimum: float = 0.0) -> Groups:
        scaled = {key: optimizer.scaled(factor, minimum) for key, optimizer in self.groups.items()}
        return Groups(self.others.scaled(factor, minimum), scaled)

    def memory(self, value: Array) -> dict[str, Array]:
        """Return the arrays that any of the optimizers needs; one that needs none of a name may find it there."""
        found: dict[str, Array] = {}
        for optimizer in (self.others, *self.groups.values()):
            for name, array in optimizer.memory(value).items():
                if name not in found or found[name].size < array.size:
                    found[name] = array
        return found

    def __repr__(self) -> str:
        return f"Groups({self.others!r}, {self.groups!r})"


def _stands_for(key: str, name: str) -> bool:
    """Return whether the name or pattern of a group stands for a parameter."""
    return name == key or name.startswith(f"{key}.") or fnmatchcase(name, key)
