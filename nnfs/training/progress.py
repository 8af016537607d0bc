"""Progress: a bar on a terminal or in a notebook, else one line an epoch, on stderr.

On a terminal, each epoch has a bar and leaves a line. In a notebook, one bar runs through the whole training, with the
figures of the last epoch beside it, and leaves the line of that epoch in its place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..printable import four_digits
from ..system.notebook import Line, is_notebook
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
            verbose = 1 if sys.stderr.isatty() or is_notebook() else 2
        self._line = Line() if verbose == 1 and is_notebook() else None
        self._last = ""
        self.epochs, self.verbose, self.name = epochs, int(verbose), name
        self._bar: Any = None

    def begin_epoch(self, epoch: int, steps: int | None, taken: int = 0) -> None:
        """Begin to report on an epoch, counted from 0, of ``steps`` steps, of which ``taken`` are done already."""
        if self._bar is not None:
            self._bar.set_description(self._epoch(epoch), refresh=False)
        elif self.verbose == 1:
            from tqdm import tqdm

            options: dict[str, Any] = {"total": steps, "initial": taken, "mininterval": 0.2}
            if self._line is not None:
                options |= {"file": self._line, "position": 0, "leave": False}
                if steps is not None:
                    options |= {"total": steps * self.epochs, "initial": steps * epoch + taken}
            self._bar = tqdm(desc=self._epoch(epoch), **options)

    def step(self, count: int = 1) -> None:
        """Report a step, or several."""
        if self._bar is not None:
            self._bar.update(count)

    def end_epoch(self, epoch: int, figures: dict[str, float]) -> None:
        """Report the figures of an epoch that is done."""
        if not self.verbose:
            return
        text = ", ".join(f"{name} {four_digits(value)}" for name, value in figures.items() if name != "learning_rate")
        line = f"{self._epoch(epoch)}: {text}"
        if self._bar is not None and self._line is not None:
            self._last = line
            self._bar.set_postfix_str(text, refresh=False)
            return
        if self._bar is not None:
            self._bar.leave = False  # a bar would cut the line at the width of the terminal
            self.close()
        print(line, file=sys.stderr, flush=True)

    def end(self, history: History, digest: Callable[[], str]) -> None:
        """Report whether the weights are those of the best epoch and, with ``verbose=2``, what ``digest()`` returns."""
        best, last = history.best_epoch, len(history.epochs)
        if self.verbose and best not in (None, last):
            text = f"the weights are back to those of epoch {best} of {last}, the best one"
            if self._line is not None:
                self._line.write(f"{self._last}; {text}")
            else:
                print(text, file=sys.stderr, flush=True)
        if self._tells_digest:
            print(f"digest of the weights, net.digest(): SHA-256 {digest()}", file=sys.stderr, flush=True)

    def _epoch(self, epoch: int) -> str:
        return f"{self.name} epoch {epoch + 1}/{self.epochs}".lstrip()

    def close(self) -> None:
        """End the bar, if there is one; in a notebook, the line of the last epoch takes its place."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
            if self._line is not None:
                self._line.write(self._last)
