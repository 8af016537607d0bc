"""What training leaves to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class History(Mapping[str, list[float]]):
    """Hold the figures of a training, epoch by epoch and step by step.

    A mapping: ``history["val_loss"]`` gives one figure over all epochs as a list, and ``dict(history)`` all of them.

    Attributes
    ----------
    epochs : list of dict
        One dict an epoch: ``loss`` (mean over the epoch's samples, in training mode), the loss's metrics such as
        ``accuracy``, the same with ``val_`` before it for validation data, ``learning_rate`` and ``seconds``.
    step_losses : list of float
        The loss of every step, before its update.
    """

    def __init__(self) -> None:
        self.epochs: list[dict[str, float]] = []
        self.step_losses: list[float] = []

    def __getitem__(self, name: str) -> list[float]:
        if name not in tuple(self):
            raise KeyError(f"no figure {name!r}; this history has {', '.join(self) or 'no epochs'}")
        return [epoch[name] for epoch in self.epochs]

    def __iter__(self) -> Iterator[str]:
        return iter(self.epochs[0] if self.epochs else ())

    def __len__(self) -> int:
        return len(self.epochs[0]) if self.epochs else 0

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={value:.4g}" for name, value in self.epochs[-1].items()) if self.epochs else ""
        return f"History(epochs={len(self.epochs)}{', ' + last if last else ''})"
