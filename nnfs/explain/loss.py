"""How a loss came about from the outputs of a network, and its gradient at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import UnsupportedError
from ..losses import L1, BinaryCrossEntropy, CrossEntropy, Huber, Loss, MeanSquaredError
from .account import Account, Factor, Term

Named = tuple[str, Any]
"""A factor for each number of an output: its name, and an array of the output's shape, or one number for all."""


@dataclass(frozen=True)
class LossPass:
    """A loss of one pass: of the outputs y (N, ...) of the layer ``last``, for targets t. Arrays are not modified."""

    loss: Loss
    outputs: Array
    targets: Array
    gradient: Array
    last: str
    formula: str

    def account(self, sample: int) -> Account:
        """Return how the loss of one sample came about, in float64; the loss of the batch is the mean of these."""
        y, t = self.outputs[sample].astype(np.float64), self.targets[sample : sample + 1]
        value = float(self.loss.samples(y[None], t if t.dtype.kind in "iu" else t.astype(np.float64))[0])
        if type(self.loss) is CrossEntropy:
            largest, exponentials, logarithm = _exponentials(y)
            q = self._wanted(sample, len(y))
            terms = [Term((Factor("largest", largest),)), Term((Factor("log of the sum", logarithm),))]
            terms += [Term((_minus("q", float(q[k])), self._output(y, sample, (int(k),)))) for k in np.flatnonzero(q)]
            steps = [Factor("largest", largest)]
            steps += [self._exponential(e, sample, k) for k, e in enumerate(exponentials)]
            return Account(
                value, tuple(terms), self.formula, (*steps, Factor("sum of all exp", float(exponentials.sum())))
            )
        share = _one_of(y.size, "number")
        terms = [
            Term((*self._factors(named, sample, place), share))
            for place in np.ndindex(y.shape)
            for named in self._parts().value(y, self.targets[sample].astype(np.float64), self.loss)
        ]
        return Account(value, tuple(terms), self.formula)

    def account_of_gradient(self, place: tuple[int, ...]) -> Account:
        """Return how the gradient of the batch's loss at one number of the outputs (N, ...) came about."""
        value, sample, index = float(self.gradient[place]), place[0], place[1:]
        y = self.outputs[sample].astype(np.float64)
        if type(self.loss) is CrossEntropy:
            k = index[0]
            largest, exponentials, _ = _exponentials(y)
            total = float(exponentials.sum())
            steps = (
                Factor("largest", largest),
                self._exponential(exponentials[k], sample, k),
                Factor("sum of all exp", total),
                Factor("softmax(y)", float(exponentials[k] / total)),
            )
            share = _one_of(len(self.outputs), "sample")
            q = float(self._wanted(sample, len(y))[k])
            return Account(value, (Term((steps[-1], share)), Term((_minus("q", q), share))), self.formula, steps)
        share = _one_of(self.outputs.size, "number")
        named = self._parts().gradient(y, self.targets[sample].astype(np.float64), self.loss)
        return Account(value, (Term((*self._factors(named, sample, index), share)),), self.formula)

    def _parts(self) -> _Parts:
        found = _PARTS.get(type(self.loss))
        if found is None:
            raise UnsupportedError(f"{self.loss!r} is not a loss of nnfs; only its author knows how it came about")
        return found

    def _wanted(self, sample: int, classes: int) -> Array:
        """Return what cross-entropy wants each class's probability to be, q (K,)."""
        smoothing = self.loss.config()["label_smoothing"]
        return (1 - smoothing) * (np.arange(classes) == self.targets[sample]) + smoothing / classes

    def _output(self, y: Array, sample: int, index: tuple[int, ...]) -> Factor:
        return Factor("y", float(y[index]), self.last, (sample, *index))

    def _exponential(self, value: float, sample: int, k: int) -> Factor:
        return Factor("exp(y - largest)", float(value), self.last, (sample, k))

    def _factors(self, named: Sequence[Named], sample: int, index: tuple[int, ...]) -> list[Factor]:
        place = (sample, *index)
        values = [(name, float(value if np.ndim(value) == 0 else value[index])) for name, value in named]
        return [
            _minus("t", -value)
            if name == "-t"
            else Factor(name, value, self.last, place)
            if "y" in name
            else Factor(name, value, text=name if name.isdecimal() else "")
            for name, value in values
        ]


def _minus(name: str, value: float) -> Factor:
    value = 0 - value  # 0 and not -0
    return Factor(f"-{name}", value, text=f"(-{name} = {value:.6g})")


def _one_of(count: int, what: str) -> Factor:
    """Return the factor that makes a sum of so many things their mean."""
    things = f"{count} {what}{'s' if count > 1 else ''}"
    return Factor(f"1 / {what}s", 1 / count, text=f"(1 / {things})")


def _exponentials(y: Array) -> tuple[float, Array, float]:
    """Return the largest score, exp(y - largest), and the logarithm of its sum."""
    largest = float(y.max())
    with np.errstate(all="ignore"):
        exponentials = np.exp(y - largest)
        return largest, exponentials, float(np.log(exponentials.sum()))


@dataclass(frozen=True)
class _Parts:
    """A loss that is a mean over numbers: functions of y, t and the loss, each number's products and its gradient's."""

    value: Callable[[Array, Array, Any], list[list[Named]]]
    gradient: Callable[[Array, Array, Any], list[Named]]


def _clip(y: Array, t: Array, loss: Huber) -> Array:
    return np.clip(y - t, -loss.delta, loss.delta)


def _sigmoid(y: Array) -> Array:
    decay = np.exp(-np.abs(y))
    return np.where(y < 0, decay, 1.0) / (1 + decay)


_PARTS: dict[type[Loss], _Parts] = {
    MeanSquaredError: _Parts(
        lambda y, t, loss: [[("(y - t)", y - t), ("(y - t)", y - t)]],
        lambda y, t, loss: [("2", 2.0), ("(y - t)", y - t)],
    ),
    L1: _Parts(
        lambda y, t, loss: [[("|y - t|", np.abs(y - t))]],
        lambda y, t, loss: [("sign(y - t)", np.sign(y - t))],
    ),
    Huber: _Parts(
        lambda y, t, loss: [
            [("c = clip(y - t)", _clip(y, t, loss)), ("(y - t - c / 2)", y - t - _clip(y, t, loss) / 2)]
        ],
        lambda y, t, loss: [("clip(y - t)", _clip(y, t, loss))],
    ),
    BinaryCrossEntropy: _Parts(
        lambda y, t, loss: [
            [("max(y, 0)", np.maximum(y, 0))],
            [("-t", -t), ("y", y)],
            [("log(1 + exp(-|y|))", np.log1p(np.exp(-np.abs(y))))],
        ],
        lambda y, t, loss: [("(sigmoid(y) - t)", _sigmoid(y) - t)],
    ),
}
