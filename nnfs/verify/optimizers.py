"""Cases of the optimizers' steps.

A step is a formula for each element. With a negative rate and absolute values for all arrays, each of its sums
adds up what it is a sum of: the reference then says how large rounding errors may be.
"""

from __future__ import annotations

from .case import Case
from .draw import Draw

ROUNDINGS = 16
"""More operations than any element takes part in, and the rounding of rates to the type."""


def _length(draw: Draw) -> int:
    return draw.integer(30_000, 50_000) if draw.form == "deep" else draw.integer(0, 70)


def _step(draw: Draw, name: str, rate: float, numbers: tuple[float, ...], *states: str) -> Case:
    length = _length(draw)
    grad, value = draw.numbers(length), draw.plain(length)
    outputs = {"value": value, **{state: abs(draw.plain(length)) for state in states}}
    case = Case(name, draw, (grad, rate, *numbers), dict(outputs))
    return case.expect_rounded((abs(grad), -rate, *numbers), **dict.fromkeys(outputs, ROUNDINGS))


def _decay(draw: Draw) -> float:
    return float(draw.rng.choice([0.0, 0.01]))


def sgd_update(draw: Draw) -> Case:
    """With and without momentum, and Nesterov's."""
    momentum = float(draw.rng.choice([0.0, 0.9]))
    return _step(draw, "sgd_update", 0.1, (momentum, bool(draw.integer(0, 1)), _decay(draw)), "velocity")


def adam_update(draw: Draw) -> Case:
    """Adam and AdamW, at early and late steps."""
    step = int(draw.rng.choice([1, 2, 10, 1000]))
    numbers = 0.9, 0.999, 1e-8, _decay(draw), bool(draw.integer(0, 1)), step
    return _step(draw, "adam_update", 0.01, numbers, "mean", "square")


def rmsprop_update(draw: Draw) -> Case:
    """One state."""
    return _step(draw, "rmsprop_update", 0.01, (0.9, 1e-8, _decay(draw)), "square")
