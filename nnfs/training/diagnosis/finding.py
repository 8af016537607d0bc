"""Findings: what is wrong, where, what was seen, and what to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...printable import printable
from ...system.notebook import escaped

if TYPE_CHECKING:
    from .case import Case


@dataclass(frozen=True)
class Finding:
    """Describe one thing that keeps a network from learning well.

    Attributes
    ----------
    what : str
        What is wrong, and why it matters.
    where : str
        The array, the layer or the epoch: ``x``, ``layer 1, ReLU()``, ``epoch 3``.
    got : str
        What was seen, in numbers.
    write : str
        What to write instead, in Python.
    command : str
        What to give ``nnfs train``, or to change in its data, instead.
    """

    what: str
    where: str
    got: str
    write: str
    command: str

    def line(self, write: str) -> str:
        """Return the finding in one line that tells to write this."""
        return printable(f"{self.where}: {self.what}; got {self.got}; write {write}")

    def __str__(self) -> str:
        return self.line(self.write)

    def _repr_html_(self) -> str:
        return f"<p>{escaped(self)}</p>"


def untold(symptoms: Iterable[Callable[[Case], Finding | None]], case: Case, told: set[str]) -> Iterator[Finding]:
    """Yield what symptoms find in a case, each once: ``told`` has the names of those that found something before."""
    for symptom in symptoms:
        if symptom.__name__ not in told and (finding := symptom(case)) is not None:
            told.add(symptom.__name__)
            yield finding


class Findings(list[Finding]):
    """List findings; printed, it is one line for each of them."""

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "nothing is found"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escaped(finding)}</li>" for finding in self)
        return f"<ul>{lines}</ul>" if lines else f"<p>{self}</p>"
