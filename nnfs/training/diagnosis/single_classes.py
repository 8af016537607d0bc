"""Batches of an iterable that hold one class each: labels in order, and nothing shuffled."""

from __future__ import annotations

from .case import Case
from .finding import Finding


class SingleClasses:
    """Count the batches of an iterable, and collect the classes of those that hold a single one.

    Attributes
    ----------
    steps : int
        How many batches were added.
    classes : set of int
        The class of each batch that holds no other.
    is_mixed : bool
        Whether a batch held several classes, or its targets are none.
    """

    def __init__(self) -> None:
        self.steps, self.is_mixed = 0, False
        self.classes: set[int] = set()

    def add(self, case: Case) -> None:
        """Count one batch."""
        self.steps += 1
        labels = case.labels
        if labels is None or len(labels) < 2 or (labels != labels[0]).any():
            self.is_mixed = True
        else:
            self.classes.add(int(labels[0]))

    def classes_apart(self, case: Case) -> Finding | None:
        """Find that every batch so far held one class, and not all of them the same."""
        if self.is_mixed or len(self.classes) < 2:
            return None
        return Finding(
            "each batch holds one class only, so that the network forgets the others",
            "y",
            f"{self.steps} batches, each of one of the classes {', '.join(map(str, sorted(self.classes)[:5]))}",
            "nnfs.data.Loader(x, y, batch_size=32), which shuffles, or batches that mix the classes",
            "--shuffle",
        )
