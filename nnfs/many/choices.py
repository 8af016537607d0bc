"""The values that a setting takes in a sweep: those of a list, or numbers between two ends."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from ..io.strict_json import short

if TYPE_CHECKING:
    import numpy as np

Changes: TypeAlias = dict[str, Any]
"""Settings of one run, by name, with a dot before the argument of a part: ``optimizer.learning_rate``."""
TRIES = 100
"""How often values are drawn again that another run has."""


@dataclass(frozen=True)
class Between:
    """Numbers from ``low`` to ``high``: whole ones where both ends are; evenly by their logarithm with ``log``."""

    low: float
    high: float
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the numbers are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def draw(self, rng: np.random.Generator) -> float | int:
        """Return a random number of them."""
        if self.is_whole and not self.log:
            return int(rng.integers(int(self.low), int(self.high), endpoint=True))
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        value = float(rng.uniform(low, high))
        value = math.exp(value) if self.log else value
        value = min(max(value, self.low), self.high)
        return round(value) if self.is_whole else float(f"{value:.6g}")


Choice: TypeAlias = Sequence[Any] | Between


def read_choices(found: Any, before: str = "") -> dict[str, Choice]:
    """Return the values of each setting in the table ``[sweep.values]``; raise ValueError for what has none."""
    if not isinstance(found, Mapping) or not found:
        raise ValueError(
            f"sweep.values{before and '.' + before}: got {short(found)}, wanted a list of values, or "
            "{low = ..., high = ...} with numbers"
        )
    choices: dict[str, Choice] = {}
    for name, value in found.items():
        whole = f"{before}.{name}" if before else name
        if isinstance(value, list):
            if not value:
                raise ValueError(f"sweep.values.{whole} is an empty list")
            choices[whole] = value
        elif isinstance(value, Mapping) and {"low", "high", "log"} & value.keys():
            choices[whole] = _between(whole, value)
        else:
            choices |= read_choices(value, whole)
    return choices


def grid(choices: Mapping[str, Choice]) -> Iterator[Changes]:
    """Yield every combination of values; the last setting changes fastest."""
    ranges = [name for name, choice in choices.items() if isinstance(choice, Between)]
    if ranges:
        raise ValueError(
            f'sweep.values.{ranges[0]} has endless values, and a grid needs a list; or write method = "random"'
        )
    lists = [choice for choice in choices.values() if not isinstance(choice, Between)]
    for values in product(*lists):
        yield dict(zip(choices, values, strict=True))


def draw(choices: Mapping[str, Choice], runs: int, seed: int) -> Iterator[Changes]:
    """Yield ``runs`` random combinations of values, no two of them equal; more runs begin with those of fewer."""
    import numpy as np

    rng, seen = np.random.default_rng(seed), list[Changes]()
    while len(seen) < runs:
        for _ in range(TRIES):
            changes = {
                name: choice.draw(rng) if isinstance(choice, Between) else choice[int(rng.integers(len(choice)))]
                for name, choice in choices.items()
            }
            if changes not in seen:
                break
        else:
            raise ValueError(
                f'sweep.runs is {runs}, but there are few more than {len(seen)} runs; write method = "grid"'
            )
        seen.append(changes)
        yield changes


def _between(name: str, value: Mapping[str, Any]) -> Between:
    if unknown := value.keys() - {"low", "high", "log"}:
        raise ValueError(f"sweep.values.{name} has no {sorted(unknown)[0]!r}; it has low, high and log")
    low, high, log = value.get("low"), value.get("high"), value.get("log", False)
    if not _is_number(low) or not _is_number(high) or not isinstance(log, bool) or low >= high:
        raise ValueError(
            f"sweep.values.{name}: got {short(dict(value))}, wanted numbers, low below high: "
            "{low = 1e-4, high = 0.1, log = true}"
        )
    if log and low <= 0:
        raise ValueError(f"sweep.values.{name}: low is {low}, but with log = true it must be above 0")
    return Between(low, high, log)


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
