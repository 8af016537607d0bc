"""The history that `fit` returns: loss, metrics, learning rate and seconds of each epoch, and the loss of each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ..printable import four_digits
from ..system.notebook import html_table

EPOCH = "epoch"
"""The name of the numbers of epochs, which stand before the figures."""
SHOWN = 20
"""How many epochs a notebook shows: the first half of them and the last."""


class History(Mapping[str, list[float]], dict[str, list[float]]):  # type: ignore[metaclass, misc]
    """Hold the figures of a training, epoch by epoch and step by step.

    A dict that cannot be changed: ``history["val_loss"]`` gives one figure over all epochs as a list, read from
    ``epochs``, and ``dict(history)`` all of them. ``pandas.DataFrame(history)`` is a table with a row for each epoch,
    whose number, counted from 1, is ``history["epoch"]``.

    Attributes
    ----------
    epochs : list of dict
        One dict an epoch: ``loss`` (mean over the epoch's samples, in training mode), the loss's metrics such as
        ``accuracy``, the same with ``val_`` before it for validation data, ``learning_rate`` and ``seconds``: those of
        its steps, without validation, callbacks at the end of the epoch, and checkpoints.
    step_losses : list of float
        The loss of every step, before its update.
    best_epoch : int or None
        The epoch, counted from 1, whose weights the network has, where `EarlyStopping` put them back; its figures are
        ``epochs[best_epoch - 1]``. None where the weights are those after the last step.
    """

    def __init__(self) -> None:
        # Without an item of its own, json and dict.copy would take it for empty, whatever its methods say.
        dict.__setitem__(self, "", [])  # type: ignore[index]
        self.epochs: list[dict[str, float]] = []
        self.step_losses: list[float] = []
        self.best_epoch: int | None = None

    def __getitem__(self, name: str) -> list[float]:
        if name not in tuple(self):
            raise KeyError(f"no figure {name!r}; this history has {', '.join(self) or 'no epochs'}")
        if name == EPOCH:
            return list(range(1, len(self.epochs) + 1))
        return [epoch[name] for epoch in self.epochs]

    def __iter__(self) -> Iterator[str]:
        return iter((EPOCH, *self.epochs[0]) if self.epochs else ())

    def __len__(self) -> int:
        return 1 + len(self.epochs[0]) if self.epochs else 0

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a history is what a training has written; for a dict to change, write dict(history)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (), vars(self)

    def __repr__(self) -> str:
        about = [f"epochs={len(self.epochs)}"]
        if self.best_epoch is not None:
            about.append(f"best_epoch={self.best_epoch}")
        if self.epochs:
            about += [f"{name}={value:.4g}" for name, value in self.figures.items()]
        return f"History({', '.join(about)})"

    def _repr_html_(self) -> str:
        left_out = max(0, len(self.epochs) - SHOWN)
        names = [name for name in self if name != EPOCH]
        rows = [
            (str(number), *(four_digits(epoch[name]) if name in epoch else "" for name in names))
            for number, epoch in enumerate(self.epochs, 1)
        ]
        rows[SHOWN // 2 : SHOWN // 2 + left_out] = [("…",) * len(self)] if left_out else []
        best = f"<p>The weights are those of epoch {self.best_epoch}.</p>" if self.best_epoch is not None else ""
        return html_table((EPOCH, *names), rows, left=0) + best

    if not TYPE_CHECKING:  # to a type checker every attribute would be there

        def __getattr__(self, name: str) -> NoReturn:
            figures = {"history": "loss"} | {
                figure: figure for epoch in vars(self).get("epochs", ()) for figure in epoch
            }
            fix = f"; it is a mapping itself: history[{figures[name]!r}]" if name in figures else ""
            raise AttributeError(f"a history has no attribute {name!r}{fix}")

    @property
    def figures(self) -> dict[str, float]:
        """The figures of the epoch whose weights the network has: the best one where it was put back, else the last."""
        return self.epochs[(self.best_epoch or 0) - 1]
