"""Progress: a bar on a terminal or in a notebook, else one line an epoch, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..printable import four_digits
from .history import History


class Progress:
    """Report the steps and epochs of one training.

    Parameters
    ----------
    epochs : int
        How many epochs there are.
    verbose : "auto", 0, 1 or 2
        0 is silent, 1 a bar, 2 one line an epoch and one with the digest of the weights at the end; "auto" is a bar
        where somebody watches, and lines of the epochs elsewhere.
    name : str
        What stands before "epoch" in each line, for programs that train in turns.
    """

    def __init__(self, epochs: int, verbose: str | int | bool, name: str = "") -> None:
        if not isinstance(verbose, str | int) or verbose not in ("auto", 0, 1, 2):
            raise ValueError(f'verbose must be "auto", 0, 1 or 2, got {verbose!r}')
        self._tells_digest = verbose == 2
        if verbose == "auto":
            verbose = 1 if sys.stderr.isatty() or "ipykernel" in sys.modules else 2
        self.epochs, self.verbose, self.name = epochs, int(verbose), name
        self._bar: Any = None

    def begin_epoch(self, epoch: int, steps: int | None, taken: int = 0) -> None:
        """Begin to report on an epoch, counted from 0, of ``steps`` steps, of which ``taken`` are done already."""
        if self.verbose == 1:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=steps, desc=self._epoch(epoch), leave=True, mininterval=0.2, initial=taken)

    def step(self) -> None:
        """Report one step."""
        if self._bar is not None:
            self._bar.update(1)

    def end_epoch(self, epoch: int, figures: dict[str, float]) -> None:
        """Report the figures of an epoch that is done."""
        line = ", ".join(f"{name} {four_digits(value)}" for name, value in figures.items() if name != "learning_rate")
        if self._bar is not None:
            self._bar.leave = False  # a bar would cut the line at the width of the terminal
            self.close()
        if self.verbose:
            print(f"{self._epoch(epoch)}: {line}", file=sys.stderr, flush=True)

    def end(self, history: History, digest: Callable[[], str]) -> None:
        """Report whether the weights are those of the best epoch and, with ``verbose=2``, what ``digest()`` returns."""
        best, last = history.best_epoch, len(history.epochs)
        if self.verbose and best not in (None, last):
            print(f"the weights are back to those of epoch {best} of {last}, the best one", file=sys.stderr, flush=True)
        if self._tells_digest:
            print(f"digest of the weights, net.digest(): SHA-256 {digest()}", file=sys.stderr, flush=True)

    def _epoch(self, epoch: int) -> str:
        return f"{self.name} epoch {epoch + 1}/{self.epochs}".lstrip()

    def close(self) -> None:
        """End the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
